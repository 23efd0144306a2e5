import { createInbox, type Msg } from 'nats';
import type { JobData, Scene, Watch } from '../contestant.js';
import { connectTo, type Job, listen, packr, SUBJECT } from './wire.js';

/**
 * Storage acknowledges before it takes, so it never leases more than `concurrency` jobs to this consumer; and an acknowledgement is
 * answered at once, also when the jobs that the same turn asks for are still to come.
 */
export async function work(scene: Scene, watch: Watch, concurrency: number): Promise<{ close(): Promise<void> }> {
  const nats = await connectTo(scene);
  const inbox = createInbox();
  /** Turns whose acknowledgements are on their way, oldest first: the broker keeps the order. */
  const acking: JobData[][] = [];
  listen(nats, inbox, perform);

  function perform({ data }: Msg): void {
    const [acked, ...jobs] = packr.unpackMultiple(data) as [number, ...Job[]];
    if (acked > 0) for (const each of acking.shift() ?? []) watch.acked(each);
    if (jobs.length > 0) run(jobs);
  }

  function run(jobs: readonly Job[]): void {
    const turn: (number | string)[] = [jobs.length];
    const done: JobData[] = [];
    for (const [id, data] of jobs) {
      watch.started(data);
      turn.push(id);
      done.push(data);
    }
    acking.push(done);
    nats.publish(SUBJECT.turn, packr.pack(turn), { reply: inbox });
  }

  nats.publish(SUBJECT.turn, packr.pack([concurrency]), { reply: inbox });
  return { close: () => nats.drain() };
}

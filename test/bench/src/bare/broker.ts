import { Redis } from 'ioredis';
import type { Msg } from 'nats';
import type { Scene } from '../contestant.js';
import { PUT, TURN } from './scripts.js';
import { connectTo, listen, OK, packr, SUBJECT } from './wire.js';

/** The first byte of a `jobs` message that acknowledges nothing; with nothing after it, it is not worth sending. */
const NOTHING = 0;

/** Hands every message on unopened, in the order of arrival, which is what the order of acknowledgements rests on. */
export async function serve(scene: Scene): Promise<{ close(): Promise<void> }> {
  const redis = new Redis({ port: scene.ports.redis, host: '127.0.0.1', retryStrategy: null });
  const nats = await connectTo(scene);
  const script = async (source: string) => {
    const sha = (await redis.script('LOAD', source)) as string;
    return (body: Uint8Array) => redis.callBuffer('EVALSHA', sha, 0, Buffer.from(body.buffer, body.byteOffset, body.length));
  };
  const [put, turn] = [await script(PUT), await script(TURN)];
  /** How many jobs each inbox waits for. */
  const parked = new Map<string, number>();
  let puts = 0;
  listen(nats, SUBJECT.put, store);
  listen(nats, SUBJECT.turn, (message) => perform(message.data, message.reply ?? ''));
  await nats.flush();

  async function store({ data, reply }: Msg): Promise<void> {
    puts++;
    const stored = put(data);
    for (const [inbox, want] of parked) {
      parked.delete(inbox);
      void take(inbox, want);
    }
    const answer = await stored.then(
      () => OK,
      (error: Error) => error.message,
    );
    if (reply) nats.publish(reply, answer);
  }

  const take = (inbox: string, want: number): Promise<void> => perform(packr.pack([want]), inbox);

  async function perform(body: Uint8Array, inbox: string): Promise<void> {
    const putsBefore = puts;
    const [missing, jobs] = (await turn(body)) as [number, Buffer];
    if (jobs.length > 1 || jobs[0] !== NOTHING) nats.publish(inbox, jobs);
    if (missing > 0) park(inbox, missing, putsBefore);
  }

  /** What came in after the take had been sent was not waited for by anybody: it is asked for again. */
  function park(inbox: string, missing: number, putsBefore: number): void {
    const want = (parked.get(inbox) ?? 0) + missing;
    parked.delete(inbox);
    if (puts > putsBefore) void take(inbox, want);
    else parked.set(inbox, want);
  }

  return {
    async close() {
      await nats.drain();
      await redis.quit();
    },
  };
}

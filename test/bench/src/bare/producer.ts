import { createInbox, type Msg, nuid } from 'nats';
import type { JobData, Producer, Scene } from '../contestant.js';
import { connectTo, listen, OK, packr, SUBJECT } from './wire.js';

/** A message in the making, for which its callers wait together. */
class Put {
  readonly #head: (string | number)[] = [];
  readonly #jobs: Uint8Array[] = [];
  resolve: () => void = () => {};
  reject: (error: Error) => void = () => {};
  readonly answered = new Promise<void>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  add(id: string, data: JobData): this {
    const job = packr.pack([id, data]);
    this.#head.push(id, job.length);
    this.#jobs.push(job);
    return this;
  }

  get message(): Uint8Array {
    return Buffer.concat([packr.pack(this.#head), ...this.#jobs]);
  }
}

export async function produce(scene: Scene): Promise<Producer> {
  const nats = await connectTo(scene);
  const inbox = `${createInbox()}.`;
  const series = nuid.next().slice(0, 8);
  const sent = new Map<string, Put>();
  let lastJob = 0;
  let lastPut = 0;
  let joining: Put | undefined;
  listen(nats, `${inbox}*`, settle);

  /** All answers come on one subscription; the library's request does more for each. */
  function settle(message: Msg): void {
    const token = message.subject.slice(inbox.length);
    const answer = message.string();
    if (answer === OK) sent.get(token)?.resolve();
    else sent.get(token)?.reject(new Error(answer || 'nobody serves'));
    sent.delete(token);
  }

  function send(put: Put): void {
    const token = String(++lastPut);
    sent.set(token, put);
    nats.publish(SUBJECT.put, put.message, { reply: inbox + token });
  }

  const nextId = (): string => series + ++lastJob;

  /** The message that the calls of this turn of the event loop share. */
  function open(): Put {
    const put = new Put();
    setImmediate(() => {
      joining = undefined;
      send(put);
    });
    return put;
  }

  return {
    one(data) {
      joining ??= open();
      return joining.add(nextId(), data).answered;
    },
    many(all) {
      const put = new Put();
      for (const data of all) put.add(nextId(), data);
      send(put);
      return put.answered;
    },
    close: () => nats.drain(),
  };
}

import type { Sender } from './actor.js';

/** Whoever waits for the answer to a message. Answering twice, or too late, does nothing. */
export interface Asker {
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/** A message on its way to one actor. */
export class Message {
  readonly kind: string;
  readonly body: unknown;
  readonly sender: Sender;
  /** Absent for a tell. */
  readonly asker: Asker | undefined;
  /** Nobody wants it any more (the asker gave up, the timer was undone): skipped when its turn comes. */
  dropped = false;

  constructor(kind: string, body: unknown, sender: Sender, asker?: Asker) {
    this.kind = kind;
    this.body = body;
    this.sender = sender;
    this.asker = asker;
  }
}

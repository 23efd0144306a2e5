import type { Clock, Log } from '@tiercel/actors';
import { BOUNDS } from './bounds.js';

/** What clients bring about as often as they like is told once in `BOUNDS.complainMs` for each kind and code, and with the next one how often it was not told. */
export class Complaints {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #told = new Map<string, { readonly atMs: number; more: number }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `facts.code` and the message are of few kinds, none of them a client's text. */
  warn(facts: { readonly code: string; readonly [fact: string]: unknown }, message: string): void {
    const kind = `${message} ${facts.code}`;
    const [now, last] = [this.#clock.monotonic(), this.#told.get(kind)];
    if (last !== undefined && now - last.atMs < BOUNDS.complainMs) {
      last.more++;
      return;
    }
    this.#told.set(kind, { atMs: now, more: 0 });
    this.#log.warn({ ...facts, ...(last?.more && { more: last.more }) }, message);
  }
}

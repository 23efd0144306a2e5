import type { Clock } from '@tiercel/actors';

/** A wall clock that stands still until it is moved, in either direction. */
export class ManualClock implements Pick<Clock, 'now'> {
  #nowMs: number;

  constructor(nowMs = 1_900_000_000_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** By a negative number: back. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }

  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}

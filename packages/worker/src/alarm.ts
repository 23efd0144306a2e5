import type { Clock, Undo } from '@tiercel/actors';

/**
 * One timer for many deadlines: it rings at the earliest time asked for. Times are monotonic milliseconds. A ring forgets all
 * times, so whoever is rung looks at what is due and asks again for the rest.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: (nowMs: number) => void;
  #at = Number.POSITIVE_INFINITY;
  #undo: Undo = () => {};

  constructor(clock: Clock, ring: (nowMs: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `at` or sooner. A later time than the one that is set changes nothing. */
  by(at: number): void {
    if (at >= this.#at) return;
    this.#undo();
    this.#at = at;
    this.#undo = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => this.#rung());
  }

  stop(): void {
    this.#undo();
    this.#at = Number.POSITIVE_INFINITY;
  }

  #rung(): void {
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring(this.#clock.monotonic());
  }
}

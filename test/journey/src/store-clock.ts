import type { Clock } from '@tiercel/actors';

/** The storage's wall clock, which an operator or NTP sets forward and back. */
export class StoreClock {
  readonly #clock: Clock;
  #offsetMs = 0;
  /** All jumps back together: for so long the storage's time may stand still. */
  backMs = 0;
  /** Virtual time of the last jump forward. */
  leaptMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#offsetMs;
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs;
    if (byMs < 0) this.backMs -= byMs;
    else this.leaptMs = this.#clock.monotonic();
  }
}

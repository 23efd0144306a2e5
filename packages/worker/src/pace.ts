import type { Clock } from '@tiercel/actors';

/** Jobs are counted for at least so long before the pace is told anew. */
const WINDOW_MS = 5;

/** How fast this worker begins jobs, as of late. */
export class Pace {
  readonly #clock: Clock;
  #perMs = 0;
  #count = 0;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  begun(jobs: number): void {
    this.#count += jobs;
    const now = this.#clock.monotonic();
    const elapsedMs = now - this.#since;
    if (elapsedMs < WINDOW_MS) return;
    this.#perMs = (this.#perMs + this.#count / elapsedMs) / 2;
    this.#count = 0;
    this.#since = now;
  }

  /** Jobs that are likely begun within `ms`. */
  within(ms: number): number {
    return Math.floor(this.#perMs * ms);
  }

  reset(): void {
    this.#perMs = 0;
    this.#count = 0;
    this.#since = this.#clock.monotonic();
  }
}

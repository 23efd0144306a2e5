import type { Clock } from '@tiercel/actors';

/** Waits that are over at once when somebody calls; for one who waits at a time. */
export class Rest {
  readonly #clock: Clock;
  #called = false;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get called(): boolean {
    return this.#called;
  }

  take(ms: number): Promise<void> {
    if (this.#called) return Promise.resolve();
    return new Promise((resolve) => {
      const undo = this.#clock.after(ms, resolve);
      this.#wake = () => {
        undo();
        resolve();
      };
    });
  }

  /** Ends the wait there is, and all that come. */
  call(): void {
    this.#called = true;
    this.#wake();
  }
}

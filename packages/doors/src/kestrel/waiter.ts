import type { Clock, Undo } from '@tiercel/actors';
import type { Read } from './read.js';

interface WaiterOptions {
  /** At most so many items. */
  readonly want: number;
  /** 0: an answer is wanted as soon as it is known that nothing is there. */
  readonly waitMs: number;
  readonly clock: Clock;
  /** Its place among those who came. */
  readonly order: number;
}

/** A client that wants items of a queue. Ends once: with items, with none, with an error, or because its client has gone. */
export class Waiter {
  readonly want: number;
  readonly waitMs: number;
  readonly order: number;
  readonly promise: Promise<readonly Read[]>;
  readonly #clock: Clock;
  readonly #endsAt: number;
  readonly #undoTimer: Undo | undefined;
  #resolve!: (reads: readonly Read[]) => void;
  #reject!: (error: unknown) => void;
  #isOver = false;

  /** `due`: told when its time is up. */
  constructor({ want, waitMs, clock, order }: WaiterOptions, due: (waiter: Waiter) => void) {
    this.want = want;
    this.waitMs = waitMs;
    this.order = order;
    this.#clock = clock;
    this.#endsAt = waitMs > 0 ? clock.monotonic() + waitMs : 0;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (waitMs > 0) this.#undoTimer = clock.after(waitMs, () => due(this));
  }

  /** How long it still waits. */
  get leftMs(): number {
    return Math.max(0, this.#endsAt - this.#clock.monotonic());
  }

  end(reads: readonly Read[]): void {
    if (this.#isOver) return;
    this.#over();
    this.#resolve(reads);
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#over();
    this.#reject(error);
  }

  #over(): void {
    this.#isOver = true;
    this.#undoTimer?.();
  }
}

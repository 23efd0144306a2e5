import type { Clock, Undo } from '@tiercel/actors';
import type { Read } from './read.js';

interface WaiterOptions {
  /** At most so many items. */
  readonly want: number;
  /** 0: an answer is wanted as soon as it is known that nothing is there. */
  readonly waitMs: number;
  readonly clock: Clock;
}

/** A client that wants items of a queue. Ends once: with items, with none, with an error, or because its client has gone. */
export class Waiter {
  readonly want: number;
  readonly promise: Promise<readonly Read[]>;
  readonly #clock: Clock;
  readonly #endsAt: number;
  readonly #undoTimer: Undo | undefined;
  #resolve!: (reads: readonly Read[]) => void;
  #reject!: (error: unknown) => void;
  #isOver = false;
  /** Its time is up. */
  #isDue: boolean;

  /** `due`: told when its time is up. */
  constructor({ want, waitMs, clock }: WaiterOptions, due: (waiter: Waiter) => void) {
    this.want = want;
    this.#clock = clock;
    this.#isDue = waitMs <= 0;
    this.#endsAt = waitMs > 0 ? clock.monotonic() + waitMs : 0;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (waitMs > 0)
      this.#undoTimer = clock.after(waitMs, () => {
        this.#isDue = true;
        due(this);
      });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isDue(): boolean {
    return this.#isDue;
  }

  /** How long it still waits. */
  get leftMs(): number {
    return this.#isDue ? 0 : Math.max(1, this.#endsAt - this.#clock.monotonic());
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

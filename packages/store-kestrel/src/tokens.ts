import type { Clock } from '@tiercel/actors';

const PER_MS = 4_096n;
const FENCE_DIGITS = 16;

/** Time that never goes back, and tokens that never repeat here. */
export class Tokens {
  readonly #clock: Pick<Clock, 'now'>;
  #seenMs = 0;
  #last = 0n;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  now(): number {
    this.#seenMs = Math.max(this.#seenMs, this.#clock.now());
    return this.#seenMs;
  }

  next(nonce: string): string {
    const byTime = BigInt(Math.floor(this.now())) * PER_MS;
    this.#last = byTime > this.#last ? byTime : this.#last + 1n;
    return this.#last.toString(16).padStart(FENCE_DIGITS, '0') + nonce;
  }
}

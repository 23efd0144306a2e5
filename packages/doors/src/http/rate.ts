import type { Clock } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';

interface Bucket {
  left: number;
  filledAt: number;
}

/**
 * Requests a second of each caller, in a token bucket that holds those of one second. Remembers {@link BOUNDS.callers} callers at most;
 * who is forgotten begins with a full bucket.
 */
export class Rate {
  readonly #perSec: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #buckets = new Map<string, Bucket>();

  /** `perSec` 0: no bound. */
  constructor(perSec: number, clock: Pick<Clock, 'monotonic'>) {
    this.#perSec = perSec;
    this.#clock = clock;
  }

  /** Throws BUSY, with when there is room again. */
  take(caller: string): void {
    if (this.#perSec === 0) return;
    const bucket = this.#bucketOf(caller);
    if (bucket.left < 1)
      fail('BUSY', { retryAfterMs: Math.ceil(((1 - bucket.left) / this.#perSec) * 1_000), perSec: this.#perSec });
    bucket.left--;
  }

  get callers(): number {
    return this.#buckets.size;
  }

  #bucketOf(caller: string): Bucket {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(caller) ?? { left: this.#perSec, filledAt: now };
    bucket.left = Math.min(this.#perSec, bucket.left + ((now - bucket.filledAt) / 1_000) * this.#perSec);
    bucket.filledAt = now;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > BOUNDS.callers) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return bucket;
  }
}

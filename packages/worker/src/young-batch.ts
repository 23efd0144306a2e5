import { type HeldBatch, type HeldLease, leasesOf } from './held-batch.js';

/** A batch whose leases need nothing yet: all that is noted is which have ended. */
export class YoungBatch {
  readonly #batch: HeldBatch;
  readonly #ended: Uint8Array;
  /** Leases that have not ended. */
  left: number;

  constructor(batch: HeldBatch) {
    this.#batch = batch;
    this.#ended = new Uint8Array(batch.count);
    this.left = batch.count;
  }

  end(key: number): void {
    const place = key - this.#batch.first;
    this.left -= this.#ended[place] === 0 ? 1 : 0;
    this.#ended[place] = 1;
  }

  leases(): HeldLease[] {
    return leasesOf(this.#batch).filter((_, place) => this.#ended[place] === 0);
  }
}

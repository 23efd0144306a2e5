import type { Random } from '@tiercel/actors';
import type { JobStore } from '@tiercel/store';

/** By what the tokens of a broker differ from those of all others: random, and another one for each shard and each epoch of the storage. */
export class Nonce {
  readonly #store: Pick<JobStore, 'status'>;
  readonly #random: Random;
  #epoch: number;
  #drawn: number;

  constructor(store: Pick<JobStore, 'status'>, random: Random) {
    this.#store = store;
    this.#random = random;
    this.#epoch = store.status.epoch;
    this.#drawn = this.#draw();
  }

  /**
   * 8 hex digits, others for each shard: shards count their tokens apart, so in one millisecond two of them come to the same count, and a worker tells its
   * leases apart by their tokens. A storage that may have forgotten tokens may count to them again, so they get another end.
   */
  of(shard: number): string {
    if (this.#store.status.epoch !== this.#epoch) {
      this.#epoch = this.#store.status.epoch;
      this.#drawn = this.#draw();
    }
    return ((this.#drawn + shard) % 2 ** 32).toString(16).padStart(8, '0');
  }

  #draw(): number {
    return Buffer.from(this.#random.bytes(4)).readUInt32BE();
  }
}

import type { Pair } from './pair.js';

type Key = Pick<Pair, 'tenant' | 'queue'>;

/** The pairs of a shard that have ready jobs, in the order (queue, tenant): a sorted array. */
export class Roster {
  readonly #pairs: Pair[] = [];

  add(pair: Pair): void {
    this.#pairs.splice(this.#indexOf(pair), 0, pair);
  }

  remove(pair: Pair): void {
    this.#pairs.splice(this.#indexOf(pair), 1);
  }

  /** From the first pair at or after `key`. */
  *from(key: Key): Iterable<Pair> {
    for (let at = this.#indexOf(key); at < this.#pairs.length; at++) yield this.#pairs[at] as Pair;
  }

  /** Where `key` is, or would be. */
  #indexOf(key: Key): number {
    let low = 0;
    let high = this.#pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (inOrder(this.#pairs[middle] as Pair, key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const inOrder = (a: Key, b: Key): boolean => a.queue < b.queue || (a.queue === b.queue && a.tenant < b.tenant);

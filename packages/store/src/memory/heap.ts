/** What stands in a {@link Heap} carries its place there, so that it can be taken out of the middle. */
export interface Slotted {
  /** Index in the heap; -1 outside. */
  slot: number;
}

/** A binary heap: `first` is the item that `sooner` puts before all others. An item is in one heap at most. */
export class Heap<T extends Slotted> {
  readonly #items: T[] = [];
  readonly #sooner: (a: T, b: T) => boolean;

  constructor(sooner: (a: T, b: T) => boolean) {
    this.#sooner = sooner;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#put(item, this.#items.length);
    this.#rise(item);
  }

  /** Does nothing for an item that is not here. */
  remove(item: T): void {
    const { slot } = item;
    if (slot < 0) return;
    const last = this.#items.pop() as T;
    item.slot = -1;
    if (last === item) return;
    this.#put(last, slot);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(item: T): void {
    while (item.slot > 0) {
      const above = this.#items[(item.slot - 1) >> 1] as T;
      if (!this.#sooner(item, above)) return;
      this.#swap(above, item);
    }
  }

  #sink(item: T): void {
    for (let below = this.#soonerChild(item); below && this.#sooner(below, item); below = this.#soonerChild(item))
      this.#swap(item, below);
  }

  #soonerChild(item: T): T | undefined {
    const left = this.#items[item.slot * 2 + 1];
    const right = this.#items[item.slot * 2 + 2];
    return left && right && this.#sooner(right, left) ? right : left;
  }

  #swap(above: T, below: T): void {
    const slot = above.slot;
    this.#put(above, below.slot);
    this.#put(below, slot);
  }

  #put(item: T, slot: number): void {
    this.#items[slot] = item;
    item.slot = slot;
  }
}

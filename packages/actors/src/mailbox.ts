const FIRST_SLOTS = 16;

/** A first-in, first-out ring that holds at most `bound` items. It grows by doubling and costs nothing per item. */
export class Mailbox<T> {
  readonly #bound: number;
  #slots: (T | undefined)[] = new Array(FIRST_SLOTS);
  #head = 0;
  size = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get full(): boolean {
    return this.size >= this.#bound;
  }

  /** `false`: it is full and nothing was taken. */
  push(item: T): boolean {
    if (this.full) return false;
    if (this.size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.size++) & (this.#slots.length - 1)] = item;
    return true;
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.size--;
    return item;
  }

  /** The length stays a power of two, so that an index wraps with a mask. */
  #grow(): void {
    const { length } = this.#slots;
    const inOrder = this.#slots.slice(this.#head).concat(this.#slots.slice(0, this.#head));
    this.#slots = inOrder.concat(new Array(length));
    this.#head = 0;
  }
}

/**
 * Gathers what one turn of the event loop sends, so that it leaves in one write. What a turn answers is made in several microtasks: each
 * would be a system call here and a wake-up of the other end.
 */
export class Outbox<T> {
  readonly #write: (items: readonly T[]) => void;
  #waiting: T[] = [];

  constructor(write: (items: readonly T[]) => void) {
    this.#write = write;
  }

  add(item: T): void {
    // Ticks come after all microtasks of the turn.
    if (this.#waiting.push(item) === 1) process.nextTick(() => this.flush());
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.#write(waiting);
  }
}

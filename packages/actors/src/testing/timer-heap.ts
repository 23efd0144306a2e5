/** Something to be done at a time. `act` is gone once it was done or undone. */
export interface Timer {
  readonly dueMs: number;
  /** Decides between timers due at the same time; then the order of setting does. */
  readonly tie: number;
  readonly order: number;
  act: (() => void) | undefined;
}

/** A binary heap of timers, earliest first. */
export class TimerHeap {
  #timers: Timer[] = [];

  get size(): number {
    return this.#timers.length;
  }

  get first(): Timer | undefined {
    return this.#timers[0];
  }

  push(timer: Timer): void {
    this.#timers.push(timer);
    this.#rise(this.#timers.length - 1);
  }

  pop(): Timer | undefined {
    const first = this.#timers[0];
    const last = this.#timers.pop();
    if (last && last !== first) {
      this.#timers[0] = last;
      this.#sink(0);
    }
    return first;
  }

  /** Drops what was undone. */
  compact(): void {
    this.#timers = this.#timers.filter((timer) => timer.act);
    for (let at = (this.#timers.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  #rise(from: number): void {
    const timers = this.#timers;
    const timer = timers[from] as Timer;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(timer, timers[above] as Timer)) break;
      timers[at] = timers[above] as Timer;
      at = above;
    }
    timers[at] = timer;
  }

  #sink(from: number): void {
    const timers = this.#timers;
    const timer = timers[from] as Timer;
    let at = from;
    for (let below = 2 * at + 1; below < timers.length; below = 2 * at + 1) {
      if (below + 1 < timers.length && before(timers[below + 1] as Timer, timers[below] as Timer)) below++;
      if (!before(timers[below] as Timer, timer)) break;
      timers[at] = timers[below] as Timer;
      at = below;
    }
    timers[at] = timer;
  }
}

function before(one: Timer, other: Timer): boolean {
  if (one.dueMs !== other.dueMs) return one.dueMs < other.dueMs;
  return one.tie !== other.tie ? one.tie < other.tie : one.order < other.order;
}

import type { Clock } from '@tiercel/actors';
import { queueStats, queuesIn } from '@tiercel/kestrel';
import { STORE_BOUNDS } from './store-bounds.js';

/** Which queues one server has and how many items wait in each: as it told last, and what was done from here since. */
export class Counts {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #waiting = new Map<string, number>();
  #told: ReadonlySet<string> = new Set();
  /** Queues that somebody here had to do with, those of whom that is longest ago first. */
  readonly #known = new Set<string>();
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  get isStale(): boolean {
    return this.#clock.monotonic() - this.#toldAtMs >= STORE_BOUNDS.statsMs;
  }

  of(name: string): number {
    return this.#waiting.get(name) ?? 0;
  }

  /** Where something waits. */
  names(): Iterable<string> {
    return this.#waiting.keys();
  }

  /** Whether the queue is there, or was once: to read any other would make it. */
  knows(name: string): boolean {
    if (!this.#known.has(name) && !this.#told.has(name)) return false;
    this.#know(name);
    return true;
  }

  told(stats: ReadonlyMap<string, string>): void {
    this.#toldAtMs = this.#clock.monotonic();
    const names = queuesIn(stats);
    const counted = names.map((name) => [name, queueStats(stats, name).items ?? 0] as const);
    this.#told = new Set(names);
    this.#waiting = new Map(counted.filter(([, items]) => items > 0));
  }

  put(name: string): void {
    this.#know(name);
    this.#waiting.set(name, this.of(name) + 1);
  }

  took(name: string): void {
    this.#set(name, this.of(name) - 1);
  }

  foundEmpty(name: string): void {
    this.#set(name, 0);
  }

  #know(name: string): void {
    this.#known.delete(name);
    this.#known.add(name);
    if (this.#known.size > STORE_BOUNDS.knownQueues) this.#known.delete(this.#known.values().next().value as string);
  }

  #set(name: string, count: number): void {
    if (count > 0) this.#waiting.set(name, count);
    else this.#waiting.delete(name);
  }
}

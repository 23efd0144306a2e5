import type { Clock } from '@tiercel/actors';
import { queueStats, queuesIn } from '@tiercel/kestrel';
import { STORE_BOUNDS } from './store-bounds.js';

/** How many items wait in each queue of one server: as it told last, and what was done from here since. */
export class Counts {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #waiting = new Map<string, number>();
  /** When a queue was found empty. */
  readonly #emptyAtMs = new Map<string, number>();
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

  names(): Iterable<string> {
    return this.#waiting.keys();
  }

  /** Whether a read would be in vain; nobody tells when others put something there, so that is not known for long. */
  isEmpty(name: string): boolean {
    const atMs = this.#emptyAtMs.get(name);
    if (atMs === undefined) return false;
    if (this.#clock.monotonic() - atMs < STORE_BOUNDS.emptyMs) return true;
    this.#emptyAtMs.delete(name);
    return false;
  }

  told(stats: ReadonlyMap<string, string>): void {
    this.#toldAtMs = this.#clock.monotonic();
    const counted = queuesIn(stats).map((name) => [name, queueStats(stats, name).items ?? 0] as const);
    this.#waiting = new Map(counted.filter(([, items]) => items > 0));
    for (const name of this.#emptyAtMs.keys()) this.isEmpty(name);
  }

  put(name: string): void {
    this.#emptyAtMs.delete(name);
    this.#waiting.set(name, this.of(name) + 1);
  }

  took(name: string): void {
    this.#set(name, this.of(name) - 1);
  }

  foundEmpty(name: string): void {
    this.#emptyAtMs.set(name, this.#clock.monotonic());
    this.#set(name, 0);
  }

  #set(name: string, count: number): void {
    if (count > 0) this.#waiting.set(name, count);
    else this.#waiting.delete(name);
  }
}

import type { Clock, Undo } from '@tiercel/actors';
import type { Returns, Whither } from './returns.js';
import { STORE_BOUNDS } from './store-bounds.js';
import { pairOf, type Taken } from './taken.js';

interface Stay {
  readonly taken: Taken;
  /** Where it goes when its time is over. */
  readonly whither: Whither;
  readonly undo: Undo;
}

/**
 * Jobs whose read stays open though nobody has them: those that came back, for the next reserve, since servers put nothing at the head that was changed; those that
 * are due in a moment; those that could not be set yet. All are lost to here, and back on their server, when their connection ends.
 */
export class Kept {
  readonly #clock: Clock;
  readonly #returns: Returns;
  /** How many may be held until they are due. */
  readonly #mostHeld: number;
  /** The next first. */
  readonly #ready = new Map<string, Stay[]>();
  readonly #held = new Set<Taken>();
  /** Those that could not be set and are not ready. */
  readonly #others = new Set<Stay>();
  readonly #leaving = new Set<Promise<void>>();

  constructor({ clock, returns, mostHeld }: { readonly clock: Clock; readonly returns: Returns; readonly mostHeld: number }) {
    this.#clock = clock;
    this.#returns = returns;
    this.#mostHeld = mostHeld;
  }

  /** The next job of its queue, for a moment; then it goes back to its server. */
  hand(taken: Taken): void {
    this.#stay(taken, 'ready');
  }

  /** Here when it is due within `STORE_BOUNDS.holdMs` and not too many are held; else at its server. */
  async hold(taken: Taken, nowMs: number): Promise<void> {
    if (this.#held.size >= this.#mostHeld || taken.job.dueAtMs - nowMs > STORE_BOUNDS.holdMs) return this.put(taken, 'later');
    taken.read.onLost = () => this.#held.delete(taken);
    if (!taken.read.isLost) this.#held.add(taken);
  }

  /** Those held that are due, the first first; they are held no more. */
  due(nowMs: number, limit: number): readonly Taken[] {
    const due = [...this.#held].filter(({ job }) => job.dueAtMs <= nowMs).sort((one, other) => one.job.dueAtMs - other.job.dueAtMs);
    for (const taken of due.slice(0, limit)) this.#held.delete(taken);
    return due.slice(0, limit);
  }

  /** When the next one of those held is due. */
  nextDueMs(): number {
    return Math.min(...Array.from(this.#held, ({ job }) => job.dueAtMs));
  }

  /** Puts it where it is to go; where that cannot be done now, it is tried again and again. */
  async put(taken: Taken, whither: Whither): Promise<void> {
    taken.read.onLost = () => {};
    try {
      await this.#returns.put(taken, whither);
    } catch {
      if (taken.read.isLost) return; // the server has it back
      this.#stay(taken, whither);
    }
  }

  take(pair: { readonly tenant: string; readonly queue: string }): Taken | undefined {
    const stay = this.#ready.get(pairOf(pair))?.[0];
    if (stay) this.#leave(stay);
    return stay?.taken;
  }

  ready(pair: { readonly tenant: string; readonly queue: string }): number {
    return this.#ready.get(pairOf(pair))?.length ?? 0;
  }

  /** Whether anybody's job of this queue is ready here. */
  hasQueue(queue: string): boolean {
    for (const job of this.pairs()) if (job.queue === queue) return true;
    return false;
  }

  /** One job of each pair that has any. */
  *pairs(): Iterable<Taken['job']> {
    for (const [first] of this.#ready.values()) if (first) yield first.taken.job;
  }

  /** What is known of jobs goes to their servers, the last first: those that go to the head stand there as they stood. */
  async close(): Promise<void> {
    await Promise.all(this.due(Number.POSITIVE_INFINITY, this.#mostHeld).map((taken) => this.put(taken, 'later')));
    const stays = [...[...this.#ready.values()].flat(), ...this.#others];
    for (const stay of stays.reverse()) this.#end(stay, () => {});
    await Promise.all(this.#leaving);
  }

  #stay(taken: Taken, whither: Whither): void {
    const stay: Stay = { taken, whither, undo: this.#clock.after(STORE_BOUNDS.handMs, () => this.#end(stay)) };
    if (whither === 'ready') this.#queueOf(stay).unshift(stay);
    else this.#others.add(stay);
    taken.read.onLost = () => this.#leave(stay);
    if (taken.read.isLost) this.#leave(stay);
  }

  #queueOf({ taken }: Stay): Stay[] {
    const pair = pairOf(taken.job);
    const queue = this.#ready.get(pair) ?? [];
    this.#ready.set(pair, queue);
    return queue;
  }

  #leave(stay: Stay): void {
    stay.undo();
    this.#others.delete(stay);
    const pair = pairOf(stay.taken.job);
    const left = this.#ready.get(pair)?.filter((other) => other !== stay) ?? [];
    if (left.length > 0) this.#ready.set(pair, left);
    else this.#ready.delete(pair);
  }

  #end(stay: Stay, otherwise = () => this.#again(stay)): void {
    this.#leave(stay);
    const { taken, whither } = stay;
    const leaving = (taken.isChanged ? this.#returns.put(taken, whither) : this.#returns.abort(taken)).catch(otherwise);
    this.#leaving.add(leaving);
    void leaving.finally(() => this.#leaving.delete(leaving));
  }

  #again({ taken, whither }: Stay): void {
    if (!taken.read.isLost) this.#stay(taken, whither);
  }
}

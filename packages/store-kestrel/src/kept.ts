import type { Clock, Undo } from '@tiercel/actors';
import type { Place } from './form.js';
import type { Returns } from './returns.js';
import { STORE_BOUNDS } from './store-bounds.js';
import { pairOf, type Taken } from './taken.js';

interface Stay {
  readonly taken: Taken;
  /** Where it goes when its time is over. */
  readonly place: Place;
  readonly endsAtMs: number;
  /** The next reserve may have it. */
  readonly isReady: boolean;
  readonly undo: Undo;
}

/**
 * Jobs whose read stays open though nobody has them: those that came back, for the next reserve, since servers put nothing at the head that was changed; those that
 * wait after a failure; those that could not be set yet. All are lost to here, and back on their server, when their connection ends.
 */
export class Kept {
  readonly #clock: Clock;
  readonly #returns: Returns;
  /** How many may wait after a failure. */
  readonly #mostHeld: number;
  /** The next first. */
  readonly #ready = new Map<string, Stay[]>();
  readonly #others = new Set<Stay>();
  readonly #leaving = new Set<Promise<void>>();

  constructor({ clock, returns, mostHeld }: { readonly clock: Clock; readonly returns: Returns; readonly mostHeld: number }) {
    this.#clock = clock;
    this.#returns = returns;
    this.#mostHeld = mostHeld;
  }

  /** The next job of its queue, for a moment; then it goes back to its server. */
  hand(taken: Taken): void {
    this.#stay(taken, { place: 'ready', isReady: true, forMs: STORE_BOUNDS.handMs });
  }

  /** Held back, at most `STORE_BOUNDS.holdMs`. When too many are, the one that is due first is due now. */
  hold(taken: Taken, delayMs: number): void {
    if (this.#others.size >= this.#mostHeld) this.#endFirst();
    this.#stay(taken, { place: 'ready', isReady: false, forMs: Math.min(delayMs, STORE_BOUNDS.holdMs) });
  }

  /** Puts it where it is to go; where that cannot be done now, it is tried again and again. */
  async put(taken: Taken, place: Place): Promise<void> {
    taken.read.onLost = () => {};
    try {
      await this.#returns.put(taken, place);
    } catch {
      if (taken.read.isLost) return; // the server has it back
      this.#stay(taken, { place, isReady: place === 'ready', forMs: STORE_BOUNDS.handMs });
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
    const stays = [...[...this.#ready.values()].flat(), ...this.#others];
    for (const stay of stays.reverse()) this.#end(stay, () => {});
    await Promise.all(this.#leaving);
  }

  #stay(taken: Taken, how: Pick<Stay, 'place' | 'isReady'> & { readonly forMs: number }): void {
    const stay: Stay = {
      taken,
      ...{ place: how.place, isReady: how.isReady },
      endsAtMs: this.#clock.monotonic() + how.forMs,
      undo: this.#clock.after(how.forMs, () => this.#end(stay)),
    };
    if (how.isReady) this.#queueOf(stay).unshift(stay);
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

  #endFirst(): void {
    const [first] = [...this.#others].sort((one, other) => one.endsAtMs - other.endsAtMs);
    if (first) this.#end(first);
  }

  #end(stay: Stay, otherwise = () => this.#again(stay)): void {
    this.#leave(stay);
    const { taken, place } = stay;
    const leaving = (taken.isChanged ? this.#returns.put(taken, place) : this.#returns.abort(taken)).catch(otherwise);
    this.#leaving.add(leaving);
    void leaving.finally(() => this.#leaving.delete(leaving));
  }

  #again({ taken, place }: Stay): void {
    if (!taken.read.isLost) this.#stay(taken, { place, isReady: place === 'ready', forMs: STORE_BOUNDS.handMs });
  }
}

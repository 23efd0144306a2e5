import type { Supervision } from './actor.js';
import type { Random } from './time.js';

/** Counts restarts within the last `withinMs`. */
export class RestartBudget {
  readonly #plan: Supervision;
  #atMs: number[] = [];

  constructor(plan: Supervision) {
    this.#plan = plan;
  }

  /** How many restarts came before this one within the window; `undefined` when it would be one too many. */
  spend(nowMs: number): number | undefined {
    this.#atMs = this.#atMs.filter((atMs) => nowMs - atMs < this.#plan.withinMs);
    if (this.#atMs.length >= this.#plan.maxRestarts) return undefined;
    return this.#atMs.push(nowMs) - 1;
  }
}

/**
 * Full jitter: anywhere between 0 and min(maxMs, baseMs × 2^n). From "Exponential Backoff And Jitter", Marc Brooker, AWS
 * Architecture Blog, 2015: of the variants compared there it needs the fewest calls.
 */
export const fullJitter = (random: Random, { baseMs, maxMs }: Supervision['backoff'], n: number): number =>
  random.next() * Math.min(maxMs, baseMs * 2 ** n);

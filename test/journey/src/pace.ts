import type { Judge } from './judge.js';

/** More calls of one verb within a second of virtual time than any world has reason for: some three times the most that was seen. */
const MOST_A_SECOND = 300;

/** Notices what is repeated without waiting. */
export class Pace {
  readonly #judge: Judge;
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #second = 0;

  constructor(judge: Judge, now: () => number) {
    this.#judge = judge;
    this.#now = now;
  }

  step(verb: string): void {
    const second = Math.floor(this.#now() / 1_000);
    if (second !== this.#second) this.#counts.clear();
    this.#second = second;
    const count = (this.#counts.get(verb) ?? 0) + 1;
    this.#counts.set(verb, count);
    if (count > MOST_A_SECOND) this.#judge.blame('nothing goes round in a busy loop', { verb, second, count });
  }
}

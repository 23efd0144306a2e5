import type { Random } from '@tiercel/actors';

/** What a world draws with: {@link Random} in the forms that plans need. */
export class Dice {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** A whole number, both ends included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.random.next() * (max - min + 1));
  }

  between(min: number, max: number): number {
    return min + this.random.next() * (max - min);
  }

  /** Never draws for a chance of nothing, so that a kind of fault that is off changes nothing. */
  chance(share: number): boolean {
    return share > 0 && this.random.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random.next() * items.length)] as T;
  }

  /** Time until the next of events that come `perSec` on average, in milliseconds. */
  waitMs(perSec: number): number {
    return (-Math.log(1 - this.random.next()) / perSec) * 1_000;
  }
}

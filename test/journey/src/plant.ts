import type { Clock } from '@tiercel/actors';
import type { JobStore } from '@tiercel/store';
import type { Dice } from './dice.js';
import type { EffectStore } from './effects.js';

/** A bug put in on purpose, to see that it is found. */
export interface Plant {
  readonly name: string;
  /**
   * It has to be found within so many seeds, from 1 on: three times as many as it took when this was written, or those in which
   * a bug seen in the measured share of seeds stays hidden once in a thousand times, whichever is more.
   */
  readonly within: number;
  /** The storage with the bug; what the returned function is given is the clock of the broker that uses it. */
  readonly store?: (store: JobStore, dice: Dice) => (clock: Clock) => JobStore;
  readonly effects?: () => EffectStore;
}

import type { Clock } from '@tiercel/actors';
import type { JobStore } from '@tiercel/store';
import type { Dice } from './dice.js';
import type { EffectStore } from './effects.js';

/** A bug put in on purpose, to see that it is found. */
export interface Plant {
  readonly name: string;
  /** It has to be found within so many seeds, from 1 on. */
  readonly within: number;
  /** The storage with the bug, as each broker gets it; what the returned function is given is that broker's clock. */
  store?(store: JobStore, tools: { readonly dice: Dice }): (clock: Clock) => JobStore;
  effects?(): EffectStore;
}

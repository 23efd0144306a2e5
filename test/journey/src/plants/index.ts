import type { Plant } from '../plant.js';
import { destructivePop, noDeliveryLease, pauseIsNone, reaperPushesTwice, tokenIsOwner } from './grant-plants.js';
import { effectsUnfenced, notIdempotent } from './outside-plants.js';
import { ackUnchecked, extendUnchecked, releaseUnchecked, repeatRefused, twoStepRelease } from './settle-plants.js';

/** Every bug that the judge has to find. */
export const PLANTS: readonly Plant[] = [
  notIdempotent,
  ackUnchecked,
  destructivePop,
  extendUnchecked,
  releaseUnchecked,
  twoStepRelease,
  reaperPushesTwice,
  tokenIsOwner,
  effectsUnfenced,
  noDeliveryLease,
  pauseIsNone,
  repeatRefused,
];

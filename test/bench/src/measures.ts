import { BULK } from './contestant.js';
import type { Measure } from './measure.js';
import { both } from './measures/both.js';
import { drain } from './measures/drain.js';
import { enqueue } from './measures/enqueue.js';
import { latency } from './measures/latency.js';
import { memory } from './measures/memory.js';
import { CALLS } from './sizes.js';

const single = (calls: number) => ({ calls, bulk: false });
const bulk = { calls: BULK.inFlight, bulk: true };

/** Everything that is measured, in the order of the table. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  E1: enqueue('E1', `enqueue, ${CALLS.E1} single calls in flight`, single(CALLS.E1)),
  E1k: enqueue('E1k', `enqueue, ${CALLS.E1k} single calls in flight`, single(CALLS.E1k)),
  E2: enqueue('E2', `enqueue, bulk calls of ${BULK.jobs}, ${BULK.inFlight} in flight`, bulk),
  P1: drain,
  C1: both('C1', `producer and worker at once, ${CALLS.C1} single calls in flight`, single(CALLS.C1)),
  C1b: both('C1b', `producer and worker at once, bulk calls of ${BULK.jobs}`, bulk),
  L1: latency,
  M1: memory,
};

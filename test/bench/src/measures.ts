import { BULK, type Contestant } from './contestant.js';
import type { Measure } from './measure.js';
import { both } from './measures/both.js';
import { drain } from './measures/drain.js';
import { enqueue } from './measures/enqueue.js';
import { growths } from './measures/growth.js';
import { latency } from './measures/latency.js';
import { memory } from './measures/memory.js';
import { scales } from './measures/scale.js';
import { CALLS, DELAY_MS, TENANTS } from './sizes.js';

const single = (calls: number) => ({ calls, bulk: false });
const bulk = { calls: BULK.inFlight, bulk: true };
const atOnce = `producer and worker at once, ${CALLS.C1} single calls in flight`;
const delayed = (calls: number) => `C1 with ${DELAY_MS} ms more for each round trip to the storage, ${calls} calls in flight`;

/** Everything that is measured, in the order of the table. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  E1: enqueue('E1', `enqueue, ${CALLS.E1} single calls in flight`, single(CALLS.E1)),
  E1k: enqueue('E1k', `enqueue, ${CALLS.E1k} single calls in flight`, single(CALLS.E1k)),
  E2: enqueue('E2', `enqueue, bulk calls of ${BULK.jobs}, ${BULK.inFlight} in flight`, bulk),
  P1: drain,
  C1: both({ title: 'C1', about: atOnce, load: single(CALLS.C1) }),
  C1b: both({ title: 'C1b', about: `producer and worker at once, bulk calls of ${BULK.jobs}`, load: bulk }),
  L1: latency,
  M1: memory,
  T1: both({
    title: 'T1',
    about: `C1 with ${TENANTS} tenants in equal shares`,
    load: single(CALLS.C1),
    setting: { tenants: TENANTS },
  }),
  D1: both({ title: 'D1', about: delayed(CALLS.C1), load: single(CALLS.C1), setting: { delayMs: DELAY_MS } }),
  D1k: both({ title: 'D1k', about: delayed(CALLS.E1k), load: single(CALLS.E1k), setting: { delayMs: DELAY_MS } }),
  ...scales,
  ...growths,
};

/** What `--quick` measures. */
export const USUAL_MEASURES = ['E1', 'E1k', 'E2', 'P1', 'C1', 'C1b', 'L1', 'M1'];

/** Those that a name stands for: itself, or all that begin with it and a stroke, as S1 does for S1-2. */
export const measuresNamed = (name: string): string[] =>
  name in MEASURES ? [name] : Object.keys(MEASURES).filter((each) => each.startsWith(`${name}-`));

/** Why a contestant has no such measure; `undefined` when it has. */
export function whyNot({ cannot = {}, serve, servers, alone }: Contestant, name: string): string | undefined {
  const { setting = {} } = MEASURES[name] as Measure;
  const said = cannot[name] ?? cannot[name.split('-')[0] as string];
  if (said !== undefined) return said;
  if ((setting.brokers ?? 1) > 1 && serve === undefined) return 'it has no process between producer and storage';
  if (setting.delayMs !== undefined && servers.length === 0) return 'its storage is in its own process';
  if (name.startsWith('S1') && alone) return 'it is one process';
  return undefined;
}

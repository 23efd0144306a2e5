import type { Measure } from '../measure.js';
import { CALLS } from '../sizes.js';
import { both } from './both.js';

const WAITING = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1M': 1_000_000 };
/** A million jobs are handed in by bulk calls before. */
const WITHIN_MS = 300_000;

/** C1 behind so many jobs that wait: as many are finished as are handed in, so that as many wait at the end. */
export const growths: Readonly<Record<string, Measure>> = Object.fromEntries(
  Object.entries(WAITING).map(([name, waiting]) => {
    const [title, about] = [`G1-${name}`, `C1 with ${waiting.toLocaleString('en')} jobs that wait before it and behind it`];
    return [title, both({ title, about, load: { calls: CALLS.C1, bulk: false }, waiting, withinMs: WITHIN_MS })] as const;
  }),
);

import type { Measure } from '../measure.js';
import { CALLS } from '../sizes.js';
import { both } from './both.js';

const WORKERS = [1, 2, 4];
const BROKERS = [1, 2];

/** C1 with more workers, and with more brokers: S1-2 has two workers, S1-2b2 also two brokers. */
export const scales: Readonly<Record<string, Measure>> = Object.fromEntries(
  BROKERS.flatMap((brokers) => WORKERS.map((workers) => [nameOf(workers, brokers), scale(workers, brokers)] as const)),
);

function scale(workers: number, brokers: number): Measure {
  const about = `C1 with ${workers} worker${workers > 1 ? 's' : ''}${brokers > 1 ? ` and ${brokers} brokers` : ''}`;
  const title = nameOf(workers, brokers);
  return both({ title, about, load: { calls: CALLS.C1, bulk: false }, workers, ...(brokers > 1 && { setting: { brokers } }) });
}

function nameOf(workers: number, brokers: number): string {
  return `S1-${workers}${brokers > 1 ? `b${brokers}` : ''}`;
}

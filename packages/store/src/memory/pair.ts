import { type JobState, LIMITS, type QueueView } from '@tiercel/protocol';
import { Chain } from './chain.js';
import type { JobRecord } from './record.js';
import type { Rules } from './settings.js';
import { Shelf } from './shelf.js';

/** One queue of one tenant. */
export interface Pair {
  readonly tenant: string;
  readonly queue: string;
  /** One first-in, first-out list for each priority. */
  readonly ready: readonly Chain<JobRecord>[];
  readonly dead: Shelf;
  readonly finished: Shelf;
  /** How many jobs of each kind it holds. */
  readonly counts: Counts;
  /** Payload bytes of the ready and the scheduled ones. */
  bytes: number;
  /** What holds for it now. */
  rules: Rules;
}

export type Counts = Record<keyof Omit<QueueView, 'queue' | 'bytes' | 'oldestMs' | 'paused'>, number>;

export function newPair(tenant: string, queue: string, rules: Rules): Pair {
  return {
    tenant,
    queue,
    ready: Array.from({ length: LIMITS.priority + 1 }, () => new Chain<JobRecord>()),
    dead: new Shelf('dead'),
    finished: new Shelf('finished'),
    counts: { ready: 0, scheduled: 0, leased: 0, dead: 0, finished: 0 },
    bytes: 0,
    rules,
  };
}

/** What a job in this state counts as. */
export const kindOf = (state: JobState): keyof Counts =>
  state === 'completed' || state === 'cancelled' || state === 'expired' ? 'finished' : state;

/** The job that is next: lowest priority number first, then first in. */
export function nextReady(pair: Pair): JobRecord | undefined {
  for (const line of pair.ready) if (line.first) return line.first;
  return undefined;
}

/** Is there anything to hand out? */
export const hasWork = ({ counts, rules }: Pair): boolean => counts.ready > 0 && !rules.paused;

/** For how long the ready job that is longest ready has been so: one at the head of its list, unless others were put before it. */
export function oldestMs(pair: Pair, nowMs: number): number {
  return Math.max(0, ...pair.ready.map(({ first }) => (first ? nowMs - first.readyAtMs : 0)));
}

export const isEmpty = ({ counts }: Pair): boolean =>
  counts.ready + counts.scheduled + counts.leased + counts.dead + counts.finished === 0;

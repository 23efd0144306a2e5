import type { Grant } from './grant.js';
import type { Outcome } from './outcome.js';
import type { Settled } from './settler.js';
import type { Slot } from './slot.js';

/** Told what a worker does, for metrics; must not throw and must be quick: it is called in the path of every job. */
export interface WorkerObserver {
  /** Jobs that begin now. */
  begun(grants: readonly Pick<Grant, 'job'>[]): void;
  /** A run is over. `outcome` `undefined`: its lease was lost, so nothing is settled. */
  ended(job: Slot['job'], tookMs: number, outcome: Outcome['outcome'] | undefined): void;
  /** Settlements that were answered or given up, at this time of the monotonic clock. */
  settled(settled: readonly Settled[], now: number): void;
}

import type { LeasedJob } from '@tiercel/protocol';
import { WORKER_LIMITS } from './worker-limits.js';

/** A job that a reserve brought, with what is left of its lease. */
export interface Grant {
  readonly job: LeasedJob;
  /** Ours to begin and to work under until then, on the monotonic clock: sooner than the storage's own end. */
  readonly endAt: number;
}

/** A lease of length 0 never ends by itself. */
export const neverEnds = (leaseMs: number): boolean => leaseMs === 0;

/** The own end of a lease that was asked for at `sentAt`; infinite when it {@link neverEnds}. */
export const endOf = (sentAt: number, leaseMs: number): number =>
  neverEnds(leaseMs) ? Number.POSITIVE_INFINITY : sentAt + leaseMs - Math.min(WORKER_LIMITS.leaseMarginMs, leaseMs / 10);

/** Deliveries that spent nothing came before this one, or a lost lease. */
export const isDoubtful = ({ attempt, spent, lostLeases }: LeasedJob): boolean => attempt - spent > 1 || lostLeases > 0;

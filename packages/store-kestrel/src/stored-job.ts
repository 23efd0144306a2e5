import { AS_QUEUE, DEFAULTS, type Encoding } from '@tiercel/protocol';
import type { TenantJob } from '@tiercel/store';

/** What an item says of its job. */
export interface StoredJob {
  readonly tenant: string;
  readonly queue: string;
  readonly id: string;
  readonly name: string;
  readonly encoding: Encoding;
  readonly checksum: number;
  /** The queue the checksum was made for. */
  readonly originQueue: string;
  readonly createdAtMs: number;
  /** 0: never. */
  readonly expiresAtMs: number;
  readonly attempts: number;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Deliveries that are known to have begun. */
  readonly attempt: number;
  readonly spent: number;
  readonly undelivered: number;
  readonly lostLeases: number;
  readonly reason: string;
  /** Not to be handed out before; 0: now. */
  readonly dueAtMs: number;
  readonly payload: Uint8Array;
}

const FRESH = { attempt: 0, spent: 0, undelivered: 0, lostLeases: 0, reason: '', dueAtMs: 0 };

/** A job as it is first put into a queue. There are no settings of queues here, so what is left to them is what a job gets anyway. */
export function storedJobOf(job: TenantJob, nowMs: number): StoredJob {
  return {
    ...FRESH,
    ...{ tenant: job.tenant, queue: job.queue, id: job.id, name: job.name },
    ...{ encoding: job.encoding, checksum: job.checksum, originQueue: job.queue, payload: job.payload },
    createdAtMs: nowMs,
    expiresAtMs: job.ttlMs > 0 ? nowMs + job.ttlMs : 0,
    attempts: job.attempts === AS_QUEUE ? DEFAULTS.attempts : job.attempts,
    leaseMs: job.leaseMs === AS_QUEUE ? DEFAULTS.leaseMs : job.leaseMs,
    ...{ timeoutMs: job.timeoutMs, backoffMs: job.backoffMs, backoffMaxMs: job.backoffMaxMs },
  };
}

/** Its allowance is used up. */
export const isSpent = ({ attempts, spent }: StoredJob): boolean => attempts > 0 && spent >= attempts;

/** Its time to live ended before it first started. */
export const isExpired = ({ attempt, expiresAtMs }: StoredJob, nowMs: number): boolean =>
  attempt === 0 && expiresAtMs > 0 && nowMs >= expiresAtMs;

import type { LeasedJob } from '@tiercel/protocol';
import type { Reserved, ReserveRequest, Want } from '../job-store.js';
import type { MemoryShard } from './memory-shard.js';
import { nextReady } from './pair.js';
import { putFinished, putLeased, take } from './place.js';
import { isOverdue, isSuspect, type JobRecord, leasedOf } from './record.js';

/** What one reserve has gathered so far. */
interface Hand {
  readonly jobs: LeasedJob[];
  bytes: number;
  /** Nothing more goes in. */
  full: boolean;
}

export function reserve(shard: MemoryShard, request: ReserveRequest, clockMs: number): Reserved {
  const nowMs = shard.see(clockMs);
  const hand: Hand = { jobs: [], bytes: 0, full: request.max <= 0 };
  for (const want of request.wants) if (!hand.full) fill(shard, request, want, hand, nowMs);
  return { jobs: hand.jobs, left: request.wants.map(({ tenant, queue }) => shard.pairOf(tenant, queue)?.counts.ready ?? 0) };
}

/** Goes through one want. A job that may not join those in hand stays at the head of its list. */
function fill(shard: MemoryShard, request: ReserveRequest, want: Want, hand: Hand, nowMs: number): void {
  const pair = shard.pairOf(want.tenant, want.queue);
  const most = hand.jobs.length + want.max;
  while (pair && !hand.full && hand.jobs.length < most) {
    const job = nextReady(pair);
    if (!job) return;
    if (isOverdue(job, nowMs)) expire(shard, job, nowMs);
    else if (hand.jobs.length > 0 && isSuspect(job)) return;
    else if (hand.jobs.length > 0 && hand.bytes + sizeOf(job) > request.maxBytes) hand.full = true;
    else grant(shard, request, job, hand, nowMs);
  }
}

function expire(shard: MemoryShard, job: JobRecord, nowMs: number): void {
  take(shard, job);
  putFinished(shard, job, 'expired', nowMs);
}

function grant(
  shard: MemoryShard,
  { owner, nonce, deliveryLeaseMs, max }: ReserveRequest,
  job: JobRecord,
  hand: Hand,
  nowMs: number,
): void {
  take(shard, job);
  job.attempt++;
  putLeased(shard, job, { owner, token: shard.fence.next(nowMs) + nonce, endAtMs: nowMs + deliveryLeaseMs });
  hand.bytes += sizeOf(job);
  hand.full = hand.jobs.push(leasedOf(job)) === max || isSuspect(job);
}

const sizeOf = (job: JobRecord): number => job.payload?.length ?? 0;

import { codeOf, type LeasedJob } from '@tiercel/protocol';
import type { Reserved, ReserveRequest, Want } from '../job-store.js';
import { expire } from './expire.js';
import type { MemoryShard } from './memory-shard.js';
import { hasWork, nextReady } from './pair.js';
import { putLeased, putQuarantined, take } from './place.js';
import { isOverdue, isSuspect, type JobRecord, leasedOf, sizeOf } from './record.js';

/** One reserve, and what it has gathered so far. */
interface Hand {
  readonly request: ReserveRequest;
  readonly nowMs: number;
  readonly jobs: LeasedJob[];
  bytes: number;
  /** Nothing more goes in. */
  full: boolean;
}

export function reserve(shard: MemoryShard, request: ReserveRequest, clockMs: number): Reserved {
  const hand: Hand = { request, nowMs: shard.see(clockMs), jobs: [], bytes: 0, full: request.max <= 0 };
  for (const want of request.wants) if (!hand.full) fill(shard, hand, want);
  return { jobs: hand.jobs, left: request.wants.map((want) => leftOf(shard, want)) };
}

function leftOf(shard: MemoryShard, { tenant, queue }: Want): number {
  const pair = shard.pairOf(tenant, queue);
  return pair && hasWork(pair) ? pair.counts.ready : 0;
}

/** Goes through one want. A job that may not join those in hand stays at the head of its list. */
function fill(shard: MemoryShard, hand: Hand, want: Want): void {
  const pair = shard.pairOf(want.tenant, want.queue);
  const most = hand.jobs.length + want.max;
  while (pair && hasWork(pair) && !hand.full && hand.jobs.length < most) {
    const job = nextReady(pair);
    if (!job) return;
    if (isOverdue(job, hand.nowMs)) expire(shard, job, hand.nowMs);
    else if (hand.jobs.length > 0 && isSuspect(job)) return;
    else if (hand.jobs.length > 0 && hand.bytes + sizeOf(job) > hand.request.maxBytes) hand.full = true;
    else serve(shard, hand, job);
  }
}

function serve(shard: MemoryShard, hand: Hand, job: JobRecord): void {
  const payload = payloadOf(job);
  take(shard, job);
  if (payload) grant(shard, hand, job, payload);
  else putQuarantined(shard, job, 'CORRUPT: the record cannot be read', hand.nowMs);
}

function grant(shard: MemoryShard, hand: Hand, job: JobRecord, payload: Uint8Array): void {
  const { owner, nonce, deliveryLeaseMs, max } = hand.request;
  job.attempt++;
  shard.count(job, 'started');
  putLeased(shard, job, { owner, token: shard.fence.next(hand.nowMs) + nonce, endAtMs: hand.nowMs + deliveryLeaseMs });
  hand.bytes += payload.length;
  hand.full = hand.jobs.push(leasedOf(job, payload)) === max || isSuspect(job);
}

/** Nothing when what a driver keeps elsewhere is not what it put there. */
function payloadOf(job: JobRecord): Uint8Array | undefined {
  try {
    return job.payload?.slice();
  } catch (error) {
    if (codeOf(error) !== 'CORRUPT') throw error;
    return undefined;
  }
}

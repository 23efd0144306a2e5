import { LIMITS, NEVER_MS } from '@tiercel/protocol';
import type { GoneOwner, Swept } from '../job-store.js';
import { endsSooner, type MemoryShard } from './memory-shard.js';
import type { Pair } from './pair.js';
import { putCancelled, putDead, putReady, take } from './place.js';
import { isSpent, type JobRecord } from './record.js';
import { swept, until } from './sweep.js';

/** Takes back leases, those that end sooner first: what ended, then what gone owners still hold. */
export function reap(shard: MemoryShard, limit: number, gone: readonly GoneOwner[], clockMs: number): Swept {
  const nowMs = shard.see(clockMs);
  const reasons = new Map(gone.map(({ owner, reason }) => [owner, reason]));
  const ready = new Set<Pair>();
  let moved = 0;
  for (const job of lostLeases(shard, reasons.keys(), nowMs)) {
    if (moved >= limit) return swept(moved, ready, 0, nowMs);
    takeBack(shard, job, reasons.get(job.owner) ?? 'LEASE_LOST', nowMs);
    moved++;
    if (job.state === 'ready') ready.add(job.pair);
  }
  return swept(moved, ready, until(nextEnd(shard), nowMs), nowMs);
}

/** A lease that never ends is nothing to wait for. */
function nextEnd(shard: MemoryShard): number | undefined {
  const endAtMs = shard.leases.first?.atMs;
  return endAtMs === NEVER_MS ? undefined : endAtMs;
}

/** Each is taken back before the next is asked for. */
function* lostLeases(shard: MemoryShard, gone: Iterable<string>, nowMs: number): Iterable<JobRecord> {
  for (let job = shard.leases.first; job && job.atMs <= nowMs; job = shard.leases.first) yield job;
  yield* Array.from(gone, (owner) => [...(shard.held.get(owner) ?? [])])
    .flat()
    .sort((a, b) => (endsSooner(a, b) ? -1 : 1));
}

function takeBack(shard: MemoryShard, job: JobRecord, reason: string, nowMs: number): void {
  take(shard, job);
  const { delivered } = job;
  const verdict = delivered ? countLost(job, reason) : countUndelivered(job);
  if (delivered) shard.count(job, 'failed');
  if (job.cancelRequested) putCancelled(shard, job, nowMs);
  else if (verdict) putDead(shard, job, verdict, nowMs);
  else {
    if (delivered) shard.count(job, 'retried');
    putReady(shard, job, 'head', nowMs);
  }
}

/** Nobody gave a sign of life: the reply was lost, and the job itself is not to blame. Returns why it must die, if it must. */
function countUndelivered(job: JobRecord): string | undefined {
  return ++job.undelivered >= LIMITS.undelivered ? 'UNDELIVERED' : undefined;
}

/** The worker fell silent, perhaps because of this job. */
function countLost(job: JobRecord, reason: string): string | undefined {
  job.spent++;
  return ++job.lostLeases >= LIMITS.lostLeases || isSpent(job) ? reason : undefined;
}

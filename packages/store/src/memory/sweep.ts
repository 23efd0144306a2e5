import type { Swept } from '../job-store.js';
import { expire } from './expire.js';
import type { MemoryShard } from './memory-shard.js';
import { hasWork, type Pair } from './pair.js';
import { putReady, take } from './place.js';
import { isOverdue, type JobRecord } from './record.js';

export function promote(shard: MemoryShard, limit: number, clockMs: number): Swept {
  const nowMs = shard.see(clockMs);
  const ready = new Set<Pair>();
  let moved = 0;
  for (let job = shard.scheduled.first; job && job.atMs <= nowMs && moved < limit; job = shard.scheduled.first) {
    if (isOverdue(job, nowMs)) expire(shard, job, nowMs);
    else {
      take(shard, job);
      putReady(shard, job, 'tail', nowMs);
    }
    if (job.state === 'ready') ready.add(job.pair);
    moved++;
  }
  for (let job = nextOverdue(shard, nowMs); job && moved < limit; job = nextOverdue(shard, nowMs)) {
    expire(shard, job, nowMs);
    if (job.state === 'ready') ready.add(job.pair);
    moved++;
  }
  return swept(moved, ready, until(nextDue(shard), nowMs), nowMs);
}

function nextOverdue(shard: MemoryShard, nowMs: number): JobRecord | undefined {
  const job = shard.expiring.first?.job;
  return job && isOverdue(job, nowMs) ? job : undefined;
}

/** When the next is due, or its time to live runs out. */
function nextDue({ scheduled, expiring }: MemoryShard): number | undefined {
  const [due, expiry] = [scheduled.first?.atMs, expiring.first?.job.expiresAtMs];
  return due === undefined ? expiry : Math.min(due, expiry ?? due);
}

/** Forgets from the old end of the shelf that is due first. */
export function prune(shard: MemoryShard, limit: number, clockMs: number): Swept {
  const nowMs = shard.see(clockMs);
  let moved = 0;
  for (let shelf = shard.shelves.first; shelf && shelf.dueAtMs <= nowMs && moved < limit; shelf = shard.shelves.first) {
    const oldest = shelf.jobs.first!;
    take(shard, oldest);
    shard.forget(oldest);
    moved++;
  }
  return swept(moved, new Set(), until(shard.shelves.first?.dueAtMs, nowMs), nowMs);
}

/** `pairs`: those that were given ready jobs. */
export function swept(moved: number, pairs: ReadonlySet<Pair>, nextInMs: number | undefined, nowMs: number): Swept {
  const ready = [...pairs].filter(hasWork).map(({ tenant, queue }) => [tenant, queue] as const);
  return { moved, ready, nextInMs, nowMs };
}

/** Milliseconds until `atMs`; 0 when that has passed. */
export function until(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

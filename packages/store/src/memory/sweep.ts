import type { Swept } from '../job-store.js';
import type { MemoryShard } from './memory-shard.js';
import type { Pair } from './pair.js';
import { putFinished, putReady, take } from './place.js';
import { isOverdue } from './record.js';

export function promote(shard: MemoryShard, limit: number, clockMs: number): Swept {
  const nowMs = shard.see(clockMs);
  const ready = new Set<Pair>();
  let moved = 0;
  for (let job = shard.scheduled.first; job && job.atMs <= nowMs && moved < limit; job = shard.scheduled.first) {
    take(shard, job);
    moved++;
    if (isOverdue(job, nowMs)) putFinished(shard, job, 'expired', nowMs);
    else {
      putReady(shard, job, 'tail');
      ready.add(job.pair);
    }
  }
  return swept(moved, ready, until(shard.scheduled.first?.atMs, nowMs), nowMs);
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

export function swept(moved: number, pairs: ReadonlySet<Pair>, nextInMs: number | undefined, nowMs: number): Swept {
  return { moved, ready: Array.from(pairs, ({ tenant, queue }) => [tenant, queue] as const), nextInMs, nowMs };
}

/** Milliseconds until `atMs`; 0 when that has passed. */
export function until(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

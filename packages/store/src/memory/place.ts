import type { JobState } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import { kindOf } from './pair.js';
import type { JobRecord } from './record.js';
import { shelve, unshelve } from './shelf.js';

/*
 * Every state has one place where its jobs stand. A move is `take` and then one of the `put`s; only this file changes `state`,
 * the counts of a pair and the indexes of the shard.
 */

export function take(shard: MemoryShard, job: JobRecord): void {
  const { pair } = job;
  const kind = kindOf(job.state);
  if (kind === 'ready') pair.ready[job.given.priority]!.remove(job);
  else if (kind === 'scheduled') shard.scheduled.remove(job);
  else if (kind === 'leased') dropLease(shard, job);
  else unshelve(shard.shelves, pair[kind], job, shard.retention);
  if (--pair.counts[kind] === 0 && kind === 'ready') shard.backlog.remove(pair);
}

export function putReady(shard: MemoryShard, job: JobRecord, end: 'head' | 'tail'): void {
  const line = job.pair.ready[job.given.priority]!;
  job.order = end === 'head' ? shard.firstOrder() : shard.nextOrder();
  if (end === 'head') line.addHead(job);
  else line.addTail(job);
  enter(job, 'ready', 0);
  if (job.pair.counts.ready === 1) shard.backlog.add(job.pair);
}

export function putScheduled(shard: MemoryShard, job: JobRecord, dueAtMs: number): void {
  job.order = shard.nextOrder();
  enter(job, 'scheduled', dueAtMs);
  shard.scheduled.add(job);
}

export function putLeased(shard: MemoryShard, job: JobRecord, lease: { owner: string; token: string; endAtMs: number }): void {
  job.owner = lease.owner;
  job.token = lease.token;
  job.delivered = false;
  enter(job, 'leased', lease.endAtMs);
  shard.leases.add(job);
  const held = shard.held.get(job.owner) ?? new Set();
  shard.held.set(job.owner, held.add(job));
}

/** A lease whose holder gave a sign of life ends later (or sooner) than it would have. */
export function prolong(shard: MemoryShard, job: JobRecord, endAtMs: number): void {
  shard.leases.remove(job);
  job.delivered = true;
  job.atMs = endAtMs;
  shard.leases.add(job);
}

/** A finished job needs its payload no more. */
export function putFinished(shard: MemoryShard, job: JobRecord, state: 'completed' | 'cancelled' | 'expired', nowMs: number): void {
  job.payload = undefined;
  job.order = shard.nextOrder();
  enter(job, state, nowMs);
  shelve(shard.shelves, job.pair.finished, job, shard.retention);
}

export function putDead(shard: MemoryShard, job: JobRecord, reason: string, nowMs: number): void {
  job.reason = reason;
  job.order = shard.nextOrder();
  enter(job, 'dead', nowMs);
  shelve(shard.shelves, job.pair.dead, job, shard.retention);
}

function enter(job: JobRecord, state: JobState, atMs: number): void {
  job.state = state;
  job.atMs = atMs;
  job.pair.counts[kindOf(state)]++;
}

function dropLease(shard: MemoryShard, job: JobRecord): void {
  shard.leases.remove(job);
  job.token = '';
  const held = shard.held.get(job.owner) as Set<JobRecord>;
  held.delete(job);
  if (held.size === 0) shard.held.delete(job.owner);
}

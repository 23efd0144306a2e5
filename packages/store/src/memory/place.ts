import type { JobState } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import { kindOf } from './pair.js';
import type { JobRecord } from './record.js';
import { shelve, unshelve } from './shelf.js';

/*
 * Every state has one place where its jobs stand. A move is `take` and then one of the `put`s; only this file changes `state`,
 * the counts of a pair and the indexes of the shard, and it tells the witness.
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
  job.order = end === 'head' ? shard.firstOrder() : shard.nextOrder();
  put(shard, job, 'ready', 0, end);
}

export function putScheduled(shard: MemoryShard, job: JobRecord, dueAtMs: number): void {
  job.order = shard.nextOrder();
  put(shard, job, 'scheduled', dueAtMs);
}

export function putLeased(shard: MemoryShard, job: JobRecord, lease: { owner: string; token: string; endAtMs: number }): void {
  job.owner = lease.owner;
  job.token = lease.token;
  job.delivered = false;
  put(shard, job, 'leased', lease.endAtMs);
}

/** A lease whose holder gave a sign of life ends later (or sooner) than it would have. */
export function prolong(shard: MemoryShard, job: JobRecord, endAtMs: number): void {
  shard.leases.remove(job);
  job.delivered = true;
  job.atMs = endAtMs;
  shard.leases.add(job);
  shard.witness.job(job);
}

/** A lease whose holder hears at its next extend that the job is not wanted any more. */
export function flag(shard: MemoryShard, job: JobRecord): void {
  job.cancelRequested = true;
  shard.witness.job(job);
}

/** A finished job needs its payload no more. */
export function putFinished(shard: MemoryShard, job: JobRecord, state: 'completed' | 'cancelled' | 'expired', nowMs: number): void {
  job.payload = undefined;
  job.order = shard.nextOrder();
  put(shard, job, state, nowMs);
}

export function putDead(shard: MemoryShard, job: JobRecord, reason: string, nowMs: number): void {
  job.reason = reason;
  job.order = shard.nextOrder();
  put(shard, job, 'dead', nowMs);
}

function put(shard: MemoryShard, job: JobRecord, state: JobState, atMs: number, end?: 'head' | 'tail'): void {
  job.state = state;
  job.atMs = atMs;
  stand(shard, job, end);
  shard.witness.job(job);
}

/** Gives a job the place that its state says. */
export function stand(shard: MemoryShard, job: JobRecord, end: 'head' | 'tail' = 'tail'): void {
  const { pair } = job;
  const kind = kindOf(job.state);
  const count = ++pair.counts[kind];
  if (kind === 'ready') {
    const line = pair.ready[job.given.priority]!;
    if (end === 'head') line.addHead(job);
    else line.addTail(job);
    if (count === 1) shard.backlog.add(pair);
  } else if (kind === 'scheduled') shard.scheduled.add(job);
  else if (kind === 'leased') holdLease(shard, job);
  else shelve(shard.shelves, pair[kind], job, shard.retention);
}

function holdLease(shard: MemoryShard, job: JobRecord): void {
  shard.leases.add(job);
  const held = shard.held.get(job.owner) ?? new Set();
  shard.held.set(job.owner, held.add(job));
}

function dropLease(shard: MemoryShard, job: JobRecord): void {
  shard.leases.remove(job);
  job.token = '';
  const held = shard.held.get(job.owner) as Set<JobRecord>;
  held.delete(job);
  if (held.size === 0) shard.held.delete(job.owner);
}

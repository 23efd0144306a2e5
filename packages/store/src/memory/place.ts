import { type JobState, LIMITS } from '@tiercel/protocol';
import { Expiry } from './expiry.js';
import type { MemoryShard } from './memory-shard.js';
import { hasWork, kindOf, type Pair } from './pair.js';
import { type JobRecord, mayExpire, sizeOf } from './record.js';
import type { Rules } from './settings.js';
import { restack, shelve, unshelve } from './shelf.js';

/*
 * Every state has one place where its jobs stand. A move is `take` and then one of the `put`s; only this file changes `state`,
 * the counts of a pair and the indexes of the shard, and it tells the witness. What is quarantined stands beside all of them.
 */

export function take(shard: MemoryShard, job: JobRecord): void {
  if (job.quarantined) shard.quarantine.remove(job);
  else leavePlace(shard, job);
}

function leavePlace(shard: MemoryShard, job: JobRecord): void {
  const { pair } = job;
  const kind = kindOf(job.state);
  const hadWork = hasWork(pair);
  if (kind === 'ready') pair.ready[job.given.priority]!.remove(job);
  else if (kind === 'scheduled') shard.scheduled.remove(job);
  else if (kind === 'leased') dropLease(shard, job);
  else unshelve(shard.shelves, pair[kind], job, pair.rules);
  if (kind === 'ready' || kind === 'scheduled') stopWaiting(shard, job);
  pair.counts[kind]--;
  if (hadWork && !hasWork(pair)) shard.backlog.remove(pair);
}

/** Of a job that was taken: to another queue of its tenant, where its time does not run out. */
export function move(shard: MemoryShard, job: JobRecord, queue: string): void {
  const from = job.pair;
  job.pair = shard.openPair(from.tenant, queue);
  job.expiresAtMs = 0;
  shard.tidy(from);
}

export function putReady(shard: MemoryShard, job: JobRecord, end: 'head' | 'tail', nowMs: number): void {
  job.readyAtMs = nowMs;
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

export function putCancelled(shard: MemoryShard, job: JobRecord, nowMs: number): void {
  shard.count(job, 'cancelled');
  putFinished(shard, job, 'cancelled', nowMs);
}

export function putDead(shard: MemoryShard, job: JobRecord, reason: string, nowMs: number): void {
  job.reason = reason;
  job.order = shard.nextOrder();
  shard.count(job, 'dead');
  put(shard, job, 'dead', nowMs);
}

/** Dead and set aside, untouched: its record cannot be trusted. */
export function putQuarantined(shard: MemoryShard, job: JobRecord, reason: string, nowMs: number): void {
  job.quarantined = true;
  putDead(shard, job, reason, nowMs);
  shard.tidy(job.pair);
  shard.witness.quarantined(job);
}

/** Whether one more may be set aside. */
export const hasRoomAside = (shard: MemoryShard, tenant: string): boolean => shard.quarantine.sizeOf(tenant) < LIMITS.quarantined;

/** Other rules hold for a pair. Answers whether it was paused, is not any more, and has work to hand out. */
export function obey(shard: MemoryShard, pair: Pair, rules: Rules): boolean {
  const hadWork = hasWork(pair);
  pair.rules = rules;
  for (const shelf of [pair.dead, pair.finished]) restack(shard.shelves, shelf, rules);
  if (hadWork && !hasWork(pair)) shard.backlog.remove(pair);
  if (hadWork || !hasWork(pair)) return false;
  shard.backlog.add(pair);
  return true;
}

function put(shard: MemoryShard, job: JobRecord, state: JobState, atMs: number, end?: 'head' | 'tail'): void {
  job.state = state;
  job.atMs = atMs;
  stand(shard, job, end);
  shard.witness.job(job);
}

/** Gives a job the place that its state says. */
export function stand(shard: MemoryShard, job: JobRecord, end: 'head' | 'tail' = 'tail'): void {
  if (job.quarantined) shard.quarantine.add(job);
  else takePlace(shard, job, end);
}

function takePlace(shard: MemoryShard, job: JobRecord, end: 'head' | 'tail'): void {
  const { pair } = job;
  const kind = kindOf(job.state);
  const hadWork = hasWork(pair);
  pair.counts[kind]++;
  if (kind === 'ready') {
    const line = pair.ready[job.given.priority]!;
    if (end === 'head') line.addHead(job);
    else line.addTail(job);
    if (!hadWork && hasWork(pair)) shard.backlog.add(pair);
  } else if (kind === 'scheduled') shard.scheduled.add(job);
  else if (kind === 'leased') holdLease(shard, job);
  else shelve(shard.shelves, pair[kind], job, pair.rules);
  if (kind === 'ready' || kind === 'scheduled') startWaiting(shard, job);
}

function startWaiting(shard: MemoryShard, job: JobRecord): void {
  job.pair.bytes += sizeOf(job);
  if (!mayExpire(job)) return;
  job.expiry = new Expiry(job);
  shard.expiring.add(job.expiry);
}

function stopWaiting(shard: MemoryShard, job: JobRecord): void {
  job.pair.bytes -= sizeOf(job);
  if (job.expiry) shard.expiring.remove(job.expiry);
  job.expiry = undefined;
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

import { type Ack, type Bury, LIMITS, type Release, type SettleCode, type Settlement } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import { hasRoomAside, putCancelled, putDead, putFinished, putQuarantined, putReady, putScheduled, take } from './place.js';
import { copyOf, isSpent, type JobRecord } from './record.js';

export function settle(shard: MemoryShard, settlement: Settlement, clockMs: number): SettleCode {
  const nowMs = shard.see(clockMs);
  const { tenant, id, token } = settlement;
  const job = shard.find(tenant, id);
  if (job?.state === 'leased' && job.token === token) return apply(shard, job, settlement, nowMs);
  return job?.lastToken === token ? 'OK_ALREADY' : 'LEASE_LOST';
}

function apply(shard: MemoryShard, job: JobRecord, settlement: Settlement, nowMs: number): SettleCode {
  take(shard, job);
  job.lastToken = settlement.token;
  if (settlement.outcome === 'ack') ack(shard, job, settlement, nowMs);
  else if (settlement.outcome === 'bury') bury(shard, job, settlement, nowMs);
  else release(shard, job, settlement, nowMs);
  return 'OK';
}

/** Also of a job that was to be cancelled: the ack that wins the race stands. */
function ack(shard: MemoryShard, job: JobRecord, { result }: Ack, nowMs: number): void {
  job.result = result && copyOf(result);
  shard.count(job, 'succeeded');
  putFinished(shard, job, 'completed', nowMs);
}

function bury(shard: MemoryShard, job: JobRecord, { reason, corrupt }: Bury, nowMs: number): void {
  shard.count(job, 'failed');
  if (corrupt && hasRoomAside(shard, job.pair.tenant)) putQuarantined(shard, job, reason, nowMs);
  else putDead(shard, job, reason, nowMs);
}

function release(shard: MemoryShard, job: JobRecord, { spend, lost, delayMs, head, reason }: Release, nowMs: number): void {
  if (spend) job.spent++;
  if (lost) job.lostLeases++;
  if (spend || lost) shard.count(job, 'failed');
  job.reason = reason;
  if (job.cancelRequested) putCancelled(shard, job, nowMs);
  else if (isSpent(job) || job.lostLeases >= LIMITS.lostLeases) putDead(shard, job, reason, nowMs);
  else {
    if (spend || lost) shard.count(job, 'retried');
    if (delayMs > 0) putScheduled(shard, job, nowMs + delayMs);
    else putReady(shard, job, head ? 'head' : 'tail', nowMs);
  }
}

import type { ChangeVerdict } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import { flag, putCancelled, putReady, take } from './place.js';
import type { JobRecord } from './record.js';

/** What runs is only flagged: its worker hears of it at the next extend. */
export function cancel(shard: MemoryShard, tenant: string, id: string, clockMs: number): ChangeVerdict {
  const nowMs = shard.see(clockMs);
  const job = shard.find(tenant, id);
  if (!job) return { code: 'NOT_FOUND', state: '' };
  if (job.state === 'leased') flag(shard, job);
  else if (job.state === 'ready' || job.state === 'scheduled') finish(shard, job, nowMs);
  else return { code: 'WRONG_STATE', state: job.state };
  return { code: 'OK', state: job.state };
}

function finish(shard: MemoryShard, job: JobRecord, nowMs: number): void {
  take(shard, job);
  putCancelled(shard, job, nowMs);
}

/** A new allowance; the attempts that were made and the last reason stay for whoever looks. A wish to cancel is over with the death, and so is a time to live. */
export function revive(shard: MemoryShard, tenant: string, id: string, clockMs: number): ChangeVerdict {
  const nowMs = shard.see(clockMs);
  const job = shard.find(tenant, id);
  if (!job) return { code: 'NOT_FOUND', state: '' };
  if (job.state !== 'dead' || job.quarantined) return { code: 'WRONG_STATE', state: job.state };
  take(shard, job);
  Object.assign(job, { spent: 0, lostLeases: 0, undelivered: 0, cancelRequested: false, expiresAtMs: 0 });
  putReady(shard, job, 'tail', nowMs);
  return { code: 'OK', state: job.state };
}

export function forget(shard: MemoryShard, tenant: string, id: string, clockMs: number): ChangeVerdict {
  shard.see(clockMs);
  const job = shard.find(tenant, id);
  if (!job) return { code: 'NOT_FOUND', state: '' };
  if (job.state !== 'dead' || job.quarantined) return { code: 'WRONG_STATE', state: job.state };
  take(shard, job);
  shard.forget(job);
  return { code: 'OK', state: '' };
}

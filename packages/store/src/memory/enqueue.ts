import type { EnqueueVerdict } from '@tiercel/protocol';
import type { TenantJob } from '../job-store.js';
import type { Admission } from './admission.js';
import type { MemoryShard } from './memory-shard.js';
import { putReady, putScheduled } from './place.js';
import { type JobRecord, newRecord } from './record.js';

export function enqueue(shard: MemoryShard, given: TenantJob, admission: Admission, clockMs: number): EnqueueVerdict {
  const nowMs = shard.see(clockMs);
  const stored = shard.find(given.tenant, given.id);
  return stored ? judge(stored, given.checksum) : accept(shard, given, admission, nowMs);
}

function judge(stored: JobRecord, checksum: number): EnqueueVerdict {
  return stored.given.checksum === checksum ? { code: 'DUPLICATE', state: stored.state } : { code: 'DUPLICATE_ID', state: '' };
}

function accept(shard: MemoryShard, given: TenantJob, admission: Admission, nowMs: number): EnqueueVerdict {
  const pair = shard.openPair(given.tenant, given.queue);
  const code = admission.refuse(shard, pair, given.payload.length, nowMs);
  if (code) {
    shard.tidy(pair);
    return { code, state: '' };
  }
  const job = newRecord(given, pair, nowMs);
  shard.remember(job);
  shard.count(job, 'enqueued');
  const dueAtMs = given.delayMs > 0 ? nowMs + given.delayMs : given.atMs;
  if (dueAtMs > nowMs) putScheduled(shard, job, dueAtMs);
  else putReady(shard, job, 'tail', nowMs);
  return { code: 'OK', state: job.state };
}

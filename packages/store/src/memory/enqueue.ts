import type { EnqueueVerdict, NewJob } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import { putReady, putScheduled } from './place.js';
import { type JobRecord, newRecord } from './record.js';

export function enqueue(shard: MemoryShard, given: NewJob & { readonly tenant: string }, clockMs: number): EnqueueVerdict {
  const nowMs = shard.see(clockMs);
  const stored = shard.find(given.tenant, given.id);
  return stored ? judge(stored, given.checksum) : accept(shard, given, nowMs);
}

function judge(stored: JobRecord, checksum: number): EnqueueVerdict {
  return stored.given.checksum === checksum ? { code: 'DUPLICATE', state: stored.state } : { code: 'DUPLICATE_ID', state: '' };
}

function accept(shard: MemoryShard, given: NewJob & { readonly tenant: string }, nowMs: number): EnqueueVerdict {
  const job = newRecord(given, shard.openPair(given.tenant, given.queue), nowMs);
  shard.remember(job);
  if (given.delayMs > 0) putScheduled(shard, job, nowMs + given.delayMs);
  else putReady(shard, job, 'tail');
  return { code: 'OK', state: job.state };
}

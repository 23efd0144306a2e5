import { type ExtendCode, type LeaseRef, NEVER_MS } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import { prolong } from './place.js';

/** The first one turns the short delivery lease into the job's own. A lease that ended is not brought back. */
export function extend(
  shard: MemoryShard,
  { tenant, id, token, leaseMs }: LeaseRef & { readonly leaseMs: number },
  clockMs: number,
): ExtendCode {
  const nowMs = shard.see(clockMs);
  const job = shard.find(tenant, id);
  if (job?.state !== 'leased' || job.token !== token || nowMs >= job.atMs) return 'LEASE_LOST';
  prolong(shard, job, leaseMs === 0 ? NEVER_MS : nowMs + leaseMs);
  return job.cancelRequested ? 'CANCEL' : 'OK';
}

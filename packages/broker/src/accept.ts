import { type EnqueueVerdict, type ErrorCode, LIMITS, type NewJob } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { type Batch, type Run, runOf } from './batch.js';

/** How far the clock of a client may be ahead. */
const SKEW_MS = 86_400_000;

/** Why jobs are not stored, whatever the storage would say; of a run, why some of it may not be. */
export function refusalOf({ largestBytes, delayMs, atMs }: Run, payloadBytes: number, nowMs: number): ErrorCode | undefined {
  if (largestBytes > payloadBytes) return 'PAYLOAD_TOO_LARGE';
  return atMs > 0 && (delayMs > 0 || atMs > nowMs + LIMITS.delayMs + SKEW_MS) ? 'BAD_OPTION' : undefined;
}

/** Refuses job by job; the rest is stored in one step per shard. */
export async function accept(
  store: JobStore,
  tenant: string,
  batch: Batch,
  whyNot: (run: Run) => ErrorCode | undefined,
): Promise<readonly EnqueueVerdict[]> {
  const put = (jobs: readonly NewJob[]) => store.enqueue(jobs.map((job) => ofTenant(tenant, job)));
  if (batch.runs.every((run) => whyNot(run) === undefined))
    return batch.packed && store.enqueuePacked ? store.enqueuePacked(tenant, batch.packed) : put(batch.open());
  const jobs = batch.open();
  const refusals = jobs.map((job) => whyNot(runOf(job)));
  const stored = await put(jobs.filter((_, place) => refusals[place] === undefined));
  let place = 0;
  return refusals.map((code) => (code === undefined ? (stored[place++] as EnqueueVerdict) : { code, state: '' }));
}

/** Spelled out, because to spread an object of so many fields takes longer than to store it. */
const ofTenant = (tenant: string, job: NewJob): NewJob & { readonly tenant: string } => ({
  tenant,
  id: job.id,
  generated: job.generated,
  queue: job.queue,
  name: job.name,
  payload: job.payload,
  encoding: job.encoding,
  checksum: job.checksum,
  delayMs: job.delayMs,
  priority: job.priority,
  attempts: job.attempts,
  leaseMs: job.leaseMs,
  timeoutMs: job.timeoutMs,
  backoffMs: job.backoffMs,
  backoffMaxMs: job.backoffMaxMs,
  atMs: job.atMs,
  ttlMs: job.ttlMs,
});

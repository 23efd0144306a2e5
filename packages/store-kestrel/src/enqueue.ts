import { asTiercelError, type EnqueueVerdict, type ErrorCode, TiercelError } from '@tiercel/protocol';
import type { TenantJob } from '@tiercel/store';
import type { Parts } from './parts.js';
import { storedJobOf } from './stored-job.js';

/** The sets of a batch are sent together; what one server refuses says nothing of the others. Throws STORAGE_UNAVAILABLE when that is all there is to say. */
export async function enqueue(parts: Parts, batch: readonly TenantJob[]): Promise<readonly EnqueueVerdict[]> {
  const codes = await Promise.all(batch.map((job) => put(parts, job)));
  if (codes.length > 0 && codes.every((code) => code === 'STORAGE_UNAVAILABLE')) throw new TiercelError('STORAGE_UNAVAILABLE');
  return codes.map((code) => ({ code, state: code === 'OK' ? 'ready' : '' }));
}

async function put({ servers, form, tokens }: Parts, job: TenantJob): Promise<'OK' | ErrorCode> {
  const nowMs = tokens.now();
  if (job.delayMs > 0 || job.atMs > nowMs) return 'NOT_SUPPORTED';
  try {
    await servers.set(form.nameOf(job), form.write(storedJobOf(job, nowMs)), servers.next());
    return 'OK';
  } catch (error) {
    return asTiercelError(error).code;
  }
}

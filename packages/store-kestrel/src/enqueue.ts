import { asTiercelError, DEFAULTS, type EnqueueVerdict, type ErrorCode, TiercelError } from '@tiercel/protocol';
import type { TenantJob } from '@tiercel/store';
import type { Parts } from './parts.js';
import { storedJobOf } from './stored-job.js';

/**
 * The sets of a batch are sent together; what one server refuses says nothing of the others. Throws STORAGE_UNAVAILABLE when that is all there is to say, and whoever
 * called repeats it; what was lost beside others that were stored is repeated here, once.
 */
export async function enqueue(parts: Parts, batch: readonly TenantJob[]): Promise<readonly EnqueueVerdict[]> {
  const first = await Promise.all(batch.map((job) => put(parts, job)));
  if (first.length > 0 && first.every(isAway)) throw new TiercelError('STORAGE_UNAVAILABLE');
  const codes = await Promise.all(batch.map((job, at) => (isAway(first[at]) ? put(parts, job) : (first[at] as Code))));
  return codes.map((code) => ({ code, state: code === 'OK' ? 'ready' : '' }));
}

type Code = 'OK' | ErrorCode;
const isAway = (code: Code | undefined): boolean => code === 'STORAGE_UNAVAILABLE';

async function put({ servers, form, tokens }: Parts, job: TenantJob): Promise<Code> {
  const nowMs = tokens.now();
  if (job.delayMs > 0 || job.atMs > nowMs || job.priority !== DEFAULTS.priority) return 'NOT_SUPPORTED';
  try {
    await servers.set(form.nameOf(job), form.write(storedJobOf(job, nowMs)), servers.next());
    return 'OK';
  } catch (error) {
    return asTiercelError(error).code;
  }
}

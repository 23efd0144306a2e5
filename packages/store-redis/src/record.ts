import { ByteReader, FLAGS, fail, isFinal, type JobRecord, type JobView, readRecord } from '@tiercel/protocol';

/**
 * Payloads over this many bytes are kept apart from the record, because every step of a job makes its record anew: 100 bytes more of
 * memory, against the payload once more in the append-only file at every extend and 1.5 us a kilobyte in Lua.
 */
const INLINE_BYTES = 512;

/** Whether a payload is kept apart. */
export const isApart = (payload: Uint8Array): boolean => isApartOf(payload.length);
export const isApartOf = (payloadBytes: number): boolean => payloadBytes > INLINE_BYTES;

/** What anyone may see; with the payload when it was asked for and is kept. Throws CORRUPT with the job's tenant and id. */
export function viewOf(bytes: Buffer, tenant: string, id: string, withPayload: boolean): JobView {
  const job = read(bytes, tenant, id);
  const { run, terms } = job;
  const keepsPayload = job.state === 'dead' || !isFinal(job.state);
  return {
    id,
    tenant,
    queue: job.queue,
    name: job.name,
    state: job.state,
    attempt: run.attempt,
    spent: run.spent,
    attempts: terms.attempts,
    undelivered: run.undelivered,
    lostLeases: run.lostLeases,
    priority: job.priority,
    cancelRequested: (job.flags & FLAGS.cancelRequested) !== 0,
    createdAtMs: job.createdAtMs,
    // Of a ready job it is since when, which no view tells.
    atMs: job.state === 'ready' ? 0 : job.atMs,
    owner: run.owner,
    reason: run.reason,
    encoding: job.encoding,
    ...(job.flags & FLAGS.result && { result: job.body }),
    ...(withPayload && keepsPayload && { payload: job.body }),
  };
}

function read(bytes: Buffer, tenant: string, id: string): JobRecord {
  try {
    return readRecord(new ByteReader(bytes), bytes.length, true);
  } catch (error) {
    return fail('CORRUPT', { tenant, id }, error);
  }
}

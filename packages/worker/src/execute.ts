import { checksumOf, decodeData, encodeData, type LeasedJob, LIMITS, NO_CHECKSUM } from '@tiercel/protocol';
import type { Handler } from './handlers.js';
import { Input, type Surroundings } from './input.js';
import { reasonOf, type Verdict } from './outcome.js';

/** Why a job may not be run at all: its payload does not match its checksum, so its record is to be set aside. */
export function corruption(job: LeasedJob): Verdict | undefined {
  const { id, tenant, originQueue, name, encoding, payload } = job;
  if (job.checksum === NO_CHECKSUM) return { ended: 'corrupt', reason: 'CORRUPT: the record cannot be read' };
  if (checksumOf({ id, tenant, queue: originQueue, name, encoding, payload }) === job.checksum) return undefined;
  return { ended: 'corrupt', reason: 'CORRUPT: the payload does not match the checksum its producer made' };
}

export const unknownJob = (name: string): Verdict => permanently(`UNKNOWN_JOB: no handler here is named ${name}`);

/**
 * Runs a handler once. Never throws: whatever happens is the verdict. A result that cannot be carried is permanent too, since the
 * handler has done its work and another attempt would do it twice and fail alike.
 */
export async function execute(handler: Handler, job: LeasedJob, around: Surroundings): Promise<Verdict> {
  let data: unknown;
  try {
    data = decodeData(job.payload, job.encoding);
    if (handler.validate) data = await handler.validate(data);
  } catch (error) {
    return permanently(labelled('BAD_DATA', error));
  }
  if (around.abort.reason) return { ended: 'threw', reason: reasonOf(around.abort.reason), permanent: false };
  let value: unknown;
  try {
    value = handler.run(new Input(job, data, around));
    if (isThenable(value)) value = await value;
  } catch (error) {
    return { ended: 'threw', reason: reasonOf(error), permanent: isPermanent(error) };
  }
  return returned(value);
}

function returned(value: unknown): Verdict {
  if (value === undefined) return { ended: 'returned' };
  try {
    return { ended: 'returned', result: encodeData(value, LIMITS.resultBytes) };
  } catch (error) {
    return permanently(labelled('BAD_RESULT', error));
  }
}

const permanently = (reason: string): Verdict => ({ ended: 'threw', reason, permanent: true });

function labelled(code: string, error: unknown): string {
  const reason = reasonOf(error);
  return reason.startsWith(`${code}: `) ? reason : `${code}: ${reason}`;
}

function isPermanent(error: unknown): boolean {
  try {
    return (error as { retryable?: unknown } | null | undefined)?.retryable === false;
  } catch {
    return false; // a getter or a proxy that throws says nothing
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

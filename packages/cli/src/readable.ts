import { AS_QUEUE, decodeData, type Encoding, type JobState, type JobView, NEVER_MS } from '@tiercel/protocol';
import type { Cell } from './table.js';

/** A job as JSON for people and programs: data and result decoded, times as ISO 8601. */
export function jobAsJson(job: JobView): Record<string, unknown> {
  const { payload, result, encoding, createdAtMs, atMs, ...rest } = job;
  return {
    ...rest,
    createdAt: new Date(createdAtMs).toISOString(),
    at: timeOf(atMs),
    ...(payload && { data: decoded(payload, encoding) }),
    ...(result && { result: decoded(result, 'msgpack') }),
  };
}

const timeOf = (atMs: number): string | null => (atMs === NEVER_MS ? 'never' : atMs > 0 ? new Date(atMs).toISOString() : null);

/** Numbers of attempts that are none. */
const ATTEMPTS: Readonly<Record<number, string>> = { 0: 'any number', [AS_QUEUE]: 'as many as its queue says' };

/** What the time of a job in this state is; that of all others is their end. */
const AT: Partial<Record<JobState, string>> = { ready: 'ready at', scheduled: 'ready at', leased: 'lease ends' };

/** The same as the facts of a small table. */
export function jobAsFacts(job: JobView): Record<string, Cell> {
  const { cancelRequested, at, attempt, spent, attempts, reason, data, result, ...json } = jobAsJson(job);
  return {
    ...(json as Record<string, Cell>),
    attempt: `${attempt}, spent ${spent} of ${ATTEMPTS[attempts as number] ?? attempts}`,
    [AT[job.state] ?? 'ended at']: at as string | null,
    [job.state === 'dead' ? 'reason' : 'last error']: reason as string,
    cancelRequested: cancelRequested ? 'yes' : undefined,
    data: data === undefined ? undefined : oneLine(data),
    result: result === undefined ? undefined : oneLine(result),
  };
}

/** JSON, with bigints as text and bytes as base64. */
export const toJson = (value: unknown, indent?: number): string => JSON.stringify(value, plain, indent) ?? 'null';

/** A value on one line, at most 200 characters. */
export function oneLine(value: unknown): string {
  const text = toJson(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** What cannot be decoded is shown as it is: this is for looking, not for working. */
function decoded(bytes: Uint8Array, encoding: Encoding): unknown {
  try {
    return decodeData(bytes, encoding);
  } catch {
    return bytes;
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  // a Buffer has become its own JSON form by now
  const buffer = value as { type?: unknown; data?: unknown } | null;
  if (buffer?.type === 'Buffer' && Array.isArray(buffer.data)) return Buffer.from(buffer.data).toString('base64');
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

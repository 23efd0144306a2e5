import { decodeData, type Encoding, type JobView, NEVER_MS } from '@tiercel/protocol';

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

/** JSON, with bigints as text and bytes as base64. */
export const toJson = (value: unknown, indent?: number): string => JSON.stringify(value, plain, indent) ?? 'null';

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

import { crc32 } from 'node:zlib';
import { ENCODINGS, type Encoding, fail, isJobId, isJobName, isName, LIMITS } from '@tiercel/protocol';
import { STORE_BOUNDS } from './store-bounds.js';
import type { StoredJob } from './stored-job.js';

/*
 * An item: MAGIC, VERSION, four bytes of CRC-32 over the head, two of its length, the head, the payload. The head is a JSON list, so that whoever looks at
 * a server can read it; its last member is the length of the payload. Numbers are big-endian. The payload has the checksum of its job.
 */

/** Begins no UTF-8 text, so no JSON, and no msgpack. */
const MAGIC = 0xc1;
const VERSION = 1;
const CRC_AT = 2;
const LENGTH_AT = 6;
const HEAD_AT = 8;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isShort = (value: unknown): value is string => typeof value === 'string' && value.length <= LIMITS.reasonChars;
const isEncoding = (value: unknown): value is Encoding => ENCODINGS.includes(value as Encoding);

/** Members of the head in their order; a new one goes to the end, with what its absence means. */
const MEMBERS: readonly (readonly [keyof StoredJob, (value: unknown) => boolean])[] = [
  ['tenant', isName],
  ['queue', isName],
  ['id', isJobId],
  ['name', isJobName],
  ['encoding', isEncoding],
  ['checksum', isCount],
  ['originQueue', isName],
  ['createdAtMs', isCount],
  ['expiresAtMs', isCount],
  ['attempts', isCount],
  ['leaseMs', isCount],
  ['timeoutMs', isCount],
  ['backoffMs', isCount],
  ['backoffMaxMs', isCount],
  ['attempt', isCount],
  ['spent', isCount],
  ['undelivered', isCount],
  ['lostLeases', isCount],
  ['reason', isShort],
];

/** At least so many are the members of a head. */
export const HEAD_LENGTH = MEMBERS.length + 1;

/** What is said of a job beside its payload; when it is due only of one that waits for that. */
export const headOf = (job: StoredJob): readonly unknown[] => [
  ...MEMBERS.map(([member]) => job[member]),
  ...(job.dueAtMs > 0 ? [job.dueAtMs] : []),
  job.payload.length,
];

/** The inverse; `undefined` when it is none, or of another payload. */
export function jobOf(head: unknown, payload: Uint8Array): StoredJob | undefined {
  if (!Array.isArray(head) || head.at(-1) !== payload.length) return undefined;
  const [dueAtMs = 0, ...more] = head.slice(MEMBERS.length, -1) as unknown[];
  if (more.length > 0 || !isCount(dueAtMs) || !MEMBERS.every(([, isSo], at) => isSo(head[at]))) return undefined;
  const known = Object.fromEntries(MEMBERS.map(([member], at) => [member, head[at]]));
  return { ...known, dueAtMs, payload } as StoredJob;
}

/** Throws ENVELOPE_TOO_LARGE. */
export function writeEnvelope(job: StoredJob): Buffer {
  const head = Buffer.from(JSON.stringify(headOf(job)));
  if (head.length > STORE_BOUNDS.headBytes) fail('ENVELOPE_TOO_LARGE', { id: job.id, bytes: head.length });
  const item = Buffer.allocUnsafe(HEAD_AT + head.length + job.payload.length);
  item[0] = MAGIC;
  item[1] = VERSION;
  item.writeUInt32BE(crc32(head), CRC_AT);
  item.writeUInt16BE(head.length, LENGTH_AT);
  item.set(head, HEAD_AT);
  item.set(job.payload, HEAD_AT + head.length);
  return item;
}

/** The inverse; `undefined` for whatever was not written so. A payload that was changed is for the job's checksum to find. */
export function readEnvelope(bytes: Uint8Array): StoredJob | undefined {
  const item = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (item.length < HEAD_AT || item[0] !== MAGIC || item[1] !== VERSION) return undefined;
  const bodyAt = HEAD_AT + item.readUInt16BE(LENGTH_AT);
  const head = item.subarray(HEAD_AT, bodyAt);
  if (bodyAt > item.length || crc32(head) !== item.readUInt32BE(CRC_AT)) return undefined;
  return jobOf(listIn(head), new Uint8Array(item.subarray(bodyAt)));
}

function listIn(head: Buffer): unknown {
  try {
    return JSON.parse(head.toString());
  } catch {
    return undefined; // its sum was right, but somebody else made it
  }
}

import { DEFAULTS, type NewJob } from '@tiercel/protocol';
import { type Body, type JobRecord, newRecord, type Pair } from '@tiercel/store/memory-shard';
import { INLINE_BYTES, isApart, type Part } from './apart.js';
import { CRC_BYTES, seal, unseal } from './seal.js';

type Given = JobRecord['given'];

/*
 * A record is a sealed list of these fields, in this order, as JSON; then its payload and result where they are small. A new field goes
 * to the end, with what its absence means in `recordOf`.
 */
const GIVEN = [
  'generated',
  'queue',
  'name',
  'encoding',
  'checksum',
  'delayMs',
  'atMs',
  'priority',
  'attempts',
  'leaseMs',
  'timeoutMs',
  'backoffMs',
  'backoffMaxMs',
  'ttlMs',
] as const satisfies readonly (keyof Given)[];

const RUN = [
  'state',
  'atMs',
  'order',
  'attempt',
  'spent',
  'undelivered',
  'lostLeases',
  'delivered',
  'cancelRequested',
  'owner',
  'reason',
  'token',
  'lastToken',
  'expiresAtMs',
  'readyAtMs',
  'quarantined',
] as const satisfies readonly (keyof JobRecord)[];

/** Fields of a record that are stored in another way, or are the place where it stands. */
type Elsewhere = 'given' | 'pair' | 'createdAtMs' | 'expiry' | 'payload' | 'result' | 'before' | 'after' | 'slot';
type Forgotten = Exclude<keyof Given, (typeof GIVEN)[number] | 'id'> | Exclude<keyof JobRecord, (typeof RUN)[number] | Elsewhere>;
/** Does not compile when a field is in neither list. */
const COMPLETE: [Forgotten] extends [never] ? true : Forgotten = true;

const LENGTH_BYTES = 4;
const HEAD_BYTES = CRC_BYTES + LENGTH_BYTES;

/** The row of a job. */
export function rowOf(job: JobRecord): Buffer {
  const { given, pair, payload, result } = job;
  const fields: unknown[] = [COMPLETE && pair.queue, job.createdAtMs, payload?.length ?? -1, result?.length ?? -1];
  for (const name of GIVEN) fields.push(given[name]);
  for (const name of RUN) fields.push(job[name]);
  const text = JSON.stringify(fields);
  const textBytes = Buffer.byteLength(text);
  const bodies = [payload, result].filter((body) => body && !isApart(body)) as Body[];
  const row = Buffer.allocUnsafe(bodies.reduce((sum, { length }) => sum + length, HEAD_BYTES + textBytes));
  row.writeUInt32BE(textBytes, CRC_BYTES);
  row.write(text, HEAD_BYTES);
  let at = HEAD_BYTES + textBytes;
  for (const body of bodies) {
    row.set(body.slice(), at);
    at += body.length;
  }
  return seal(row);
}

/** What a row does not say of its job. */
export interface Whose {
  readonly id: string;
  openPair(queue: string): Pair;
  /** Where a payload or result that stands apart is read. */
  apart(part: Part, length: number): Body;
}

/** The inverse of {@link rowOf}; `undefined` when the row is not as it was written. */
export function recordOf(row: Buffer, whose: Whose): JobRecord | undefined {
  const sealed = unseal(row);
  if (!sealed) return undefined;
  const textEnd = LENGTH_BYTES + sealed.readUInt32BE(0);
  const [queue, createdAtMs, payloadBytes, resultBytes, ...rest] = JSON.parse(sealed.toString('utf8', LENGTH_BYTES, textEnd));
  const given = Object.fromEntries(GIVEN.map((name, at) => [name, rest[at]]));
  let at = textEnd;
  const bodyOf = (part: Part, length: number): Body | undefined => {
    if (length < 0) return undefined;
    if (length > INLINE_BYTES) return whose.apart(part, length);
    at += length;
    return new Uint8Array(sealed.subarray(at - length, at));
  };
  const [payload, result] = [bodyOf('payload', payloadBytes), bodyOf('result', resultBytes)];
  const job = newRecord({ ...given, id: whose.id, payload: NONE } as unknown as NewJob, whose.openPair(queue), createdAtMs);
  const fields = job as unknown as Record<string, unknown>;
  for (const [nth, name] of RUN.entries()) fields[name] = rest[GIVEN.length + nth] ?? undefined;
  job.payload = payload;
  job.result = result;
  return job;
}

const NONE = new Uint8Array();

/** Stands for a job whose row cannot be read: set aside, with the row as it is in place of its payload. Its id stays taken. */
export function unreadable(row: Buffer, whose: Whose, nowMs: number): JobRecord {
  const given = { ...NOTHING_KNOWN, id: whose.id, payload: row };
  const job = newRecord(given, whose.openPair(given.queue), nowMs);
  return Object.assign(job, { state: 'dead', quarantined: true, atMs: nowMs, reason: UNREADABLE });
}

const UNREADABLE = 'CORRUPT: the record cannot be read';

const NOTHING_KNOWN: Omit<NewJob, 'id' | 'payload'> = {
  ...DEFAULTS,
  generated: false,
  queue: 'unreadable',
  name: 'unreadable',
  encoding: 'raw',
  checksum: 0,
  delayMs: 0,
  atMs: 0,
  ttlMs: 0,
};

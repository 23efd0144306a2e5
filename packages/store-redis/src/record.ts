import {
  AS_QUEUE,
  ENCODINGS,
  type Encoding,
  fail,
  isFinal,
  type JobState,
  type JobView,
  type LeasedJob,
  type NewJob,
} from '@tiercel/protocol';
import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

/*
 * The packed record of a job, layout 2. README.md has the table; lua/record.lua is the other side. Nothing else knows the layout.
 * Numbers are big-endian.
 */

export const LAYOUT = 2;

/** What a state is in a record, for ever. */
export const STATE_CODES: readonly JobState[] = ['ready', 'scheduled', 'leased', 'completed', 'dead', 'cancelled', 'expired'];

/** Flags. */
const CANCEL_REQUESTED = 1;
const STARTED = 4;
export const APART = 8;
const RESULT = 16;
/** The bit of `traits` that says the client made the id up; the encoding stands above it. */
const GENERATED = 1;

/**
 * Payloads over this many bytes are kept apart from the record, because every step of a job makes its record anew: 100 bytes more of
 * memory, against the payload once more in the append-only file at every extend and 1.5 us a kilobyte in Lua.
 */
const INLINE_BYTES = 512;

/** Terms of layout 2 that are not written when a job has just these. They stay, whatever the defaults become. */
const STANDARD = { attempts: AS_QUEUE, leaseMs: AS_QUEUE, ttlMs: 0, timeoutMs: 900_000, backoffMs: 1_000, backoffMaxMs: 3_600_000 };
type Terms = { readonly [T in keyof typeof STANDARD]: number };
/** Bits that say which terms are written, in the order in which they are. */
const ATTEMPTS = 1;
const LEASE = 2;
const TTL = 4;
const TIMEOUT = 8;
const BACKOFF = 16;
const BACKOFF_MAX = 32;
/** The queue the checksum was made for is another one than where the job is now; its name stands before the job's. */
const MOVED = 64;
/** Behind the job's name stands a section for what later versions add: two bytes of length, then that. */
const EXTRA = 128;

const HEAD_BYTES = 9;
const FLAGS_AT = HEAD_BYTES - 1;
const TOKEN_BYTES = 12;
/** Behind the token of the lease: the one settled last, and how. */
const LAST_BYTES = TOKEN_BYTES + 1;

/** Whether a payload is kept apart. */
export const isApart = (payload: Uint8Array): boolean => payload.length > INLINE_BYTES;

/** The record of a new job from its checksum on, with its length before it; the storage makes what stands before the checksum. */
export function writeRest(to: ByteWriter, job: NewJob): void {
  const apart = isApart(job.payload);
  const terms = termsOf(job);
  const specBytes = termsBytes(terms) + job.name.length;
  to.u32(7 + specBytes + (apart ? 4 : job.payload.length));
  to.u32(job.checksum)
    .u8((job.generated ? GENERATED : 0) | (ENCODINGS.indexOf(job.encoding) << 1))
    .u8(terms)
    .u8(specBytes);
  writeTerms(to, terms, job);
  to.ascii(job.name);
  if (apart) to.u32(job.payload.length);
  else to.bytes(job.payload);
}

function termsOf(job: Terms): number {
  return (
    (job.attempts === STANDARD.attempts ? 0 : ATTEMPTS) |
    (job.leaseMs === STANDARD.leaseMs ? 0 : LEASE) |
    (job.ttlMs === STANDARD.ttlMs ? 0 : TTL) |
    (job.timeoutMs === STANDARD.timeoutMs ? 0 : TIMEOUT) |
    (job.backoffMs === STANDARD.backoffMs ? 0 : BACKOFF) |
    (job.backoffMaxMs === STANDARD.backoffMaxMs ? 0 : BACKOFF_MAX)
  );
}

function termsBytes(terms: number): number {
  return (
    (terms & ATTEMPTS ? 2 : 0) +
    (terms & LEASE ? 4 : 0) +
    (terms & TTL ? 6 : 0) +
    (terms & TIMEOUT ? 4 : 0) +
    (terms & BACKOFF ? 4 : 0) +
    (terms & BACKOFF_MAX ? 4 : 0)
  );
}

function writeTerms(to: ByteWriter, terms: number, job: Terms): void {
  if (terms & ATTEMPTS) to.u16(job.attempts);
  if (terms & LEASE) to.u32(job.leaseMs);
  if (terms & TTL) to.u48(job.ttlMs);
  if (terms & TIMEOUT) to.u32(job.timeoutMs);
  if (terms & BACKOFF) to.u32(job.backoffMs);
  if (terms & BACKOFF_MAX) to.u32(job.backoffMaxMs);
}

/** A record taken apart. */
interface JobRecord {
  readonly state: JobState;
  readonly flags: number;
  readonly priority: number;
  readonly encoding: Encoding;
  readonly checksum: number;
  readonly createdAtMs: number;
  readonly atMs: number;
  readonly run: Run;
  readonly queue: string;
  readonly originQueue: string;
  readonly terms: Terms;
  readonly name: string;
  /** The payload of a job that is not over, the result of a completed one. */
  readonly body: Uint8Array;
}

/** What a job has from its first lease on. */
interface Run {
  readonly attempt: number;
  readonly spent: number;
  readonly undelivered: number;
  readonly lostLeases: number;
  readonly token: string;
  readonly owner: string;
  readonly reason: string;
}

const NO_RUN: Run = { attempt: 0, spent: 0, undelivered: 0, lostLeases: 0, token: '', owner: '', reason: '' };

/** `told`: with the texts that only people read. */
function readRecord(from: ByteReader, told: boolean): JobRecord {
  if (from.u8() !== LAYOUT) throw new RangeError('unknown layout');
  const state = STATE_CODES[from.u8()];
  const atMs = from.u48();
  const flags = from.u8();
  const run = flags & STARTED ? readRun(from, told) : NO_RUN;
  const priority = from.u8();
  const queue = from.name();
  const createdAtMs = from.u48();
  const checksum = from.u32();
  const encoding = ENCODINGS[from.u8() >> 1];
  const written = from.u8();
  const specBytes = from.u8();
  const specEnd = from.at + specBytes;
  const terms = readTerms(from, written);
  const originQueue = written & MOVED ? from.name() : queue;
  const name = from.ascii(specEnd - from.at);
  if (written & EXTRA) from.skip(from.u16());
  if (!state || !encoding) throw new RangeError('unknown state or encoding');
  if (flags & APART) from.skip(4);
  return { state, flags, priority, encoding, checksum, createdAtMs, atMs, run, queue, originQueue, terms, name, body: from.rest() };
}

/** Stands before the record as it was enqueued, whose head means nothing any more. */
function readRun(from: ByteReader, told: boolean): Run {
  const token = from.hex(TOKEN_BYTES);
  from.skip(LAST_BYTES);
  const attempt = from.u32();
  const spent = from.u16();
  const undelivered = from.u8();
  const lostLeases = from.u8();
  const ownerBytes = from.u16();
  const reasonBytes = from.u16();
  const noteBytes = from.u16();
  const owner = told ? from.text(ownerBytes) : '';
  const reason = told ? from.text(reasonBytes) : '';
  from.skip((told ? 0 : ownerBytes + reasonBytes) + noteBytes + HEAD_BYTES);
  return { attempt, spent, undelivered, lostLeases, token, owner, reason };
}

function readTerms(from: ByteReader, written: number): Terms {
  return {
    attempts: written & ATTEMPTS ? from.u16() : STANDARD.attempts,
    leaseMs: written & LEASE ? from.u32() : STANDARD.leaseMs,
    ttlMs: written & TTL ? from.u48() : STANDARD.ttlMs,
    timeoutMs: written & TIMEOUT ? from.u32() : STANDARD.timeoutMs,
    backoffMs: written & BACKOFF ? from.u32() : STANDARD.backoffMs,
    backoffMaxMs: written & BACKOFF_MAX ? from.u32() : STANDARD.backoffMaxMs,
  };
}

/** Reads a record. Throws CORRUPT with the job's tenant and id. */
function read(bytes: Buffer, tenant: string, id: string, told: boolean): JobRecord {
  try {
    return readRecord(new ByteReader(bytes), told);
  } catch (error) {
    return fail('CORRUPT', { tenant, id }, error);
  }
}

/** Whether a record's payload follows it. */
export const hasApart = (bytes: Buffer): boolean => ((bytes[FLAGS_AT] as number) & APART) !== 0;

/** What the queue of a job says, for jobs that leave it to that. */
export type QueueTerms = Pick<Terms, 'attempts' | 'leaseMs'>;

/** Of a record that was just leased, whatever else of it can be read. */
export const tokenOf = (bytes: Buffer): string => bytes.toString('hex', HEAD_BYTES, HEAD_BYTES + TOKEN_BYTES);

/** What a worker gets. Throws CORRUPT. */
export function leasedOf(bytes: Buffer, payload: Buffer | undefined, tenant: string, id: string, ofQueue: QueueTerms): LeasedJob {
  const job = read(bytes, tenant, id, false);
  const { run, terms } = job;
  return {
    tenant,
    id,
    token: run.token,
    queue: job.queue,
    name: job.name,
    payload: payload ? plain(payload) : job.body,
    encoding: job.encoding,
    checksum: job.checksum,
    originQueue: job.originQueue,
    attempt: run.attempt,
    spent: run.spent,
    attempts: terms.attempts === AS_QUEUE ? ofQueue.attempts : terms.attempts,
    lostLeases: run.lostLeases,
    leaseMs: terms.leaseMs === AS_QUEUE ? ofQueue.leaseMs : terms.leaseMs,
    timeoutMs: terms.timeoutMs,
    backoffMs: terms.backoffMs,
    backoffMaxMs: terms.backoffMaxMs,
    createdAtMs: job.createdAtMs,
  };
}

/** What anyone may see; with the payload when it was asked for and is kept. Throws CORRUPT. */
export function viewOf(bytes: Buffer, tenant: string, id: string, withPayload: boolean): JobView {
  const job = read(bytes, tenant, id, true);
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
    cancelRequested: (job.flags & CANCEL_REQUESTED) !== 0,
    createdAtMs: job.createdAtMs,
    // Of a ready job it is since when, which no view tells.
    atMs: job.state === 'ready' ? 0 : job.atMs,
    owner: run.owner,
    reason: run.reason,
    encoding: job.encoding,
    ...(job.flags & RESULT && { result: job.body }),
    ...(withPayload && keepsPayload && { payload: job.body }),
  };
}

/** The same bytes, without what a Buffer adds. */
const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

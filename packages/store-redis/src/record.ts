import {
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
 * The packed record of a job, layout 1. README.md has the table; lua/record.lua is the other side. Nothing else knows the layout.
 * Numbers are big-endian.
 *
 *   front 8, times 12, terms 1, [run], queue, spec, body
 */

export const LAYOUT = 1;

/** What a state is in a record, for ever. */
export const STATE_CODES: readonly JobState[] = ['ready', 'scheduled', 'leased', 'completed', 'dead', 'cancelled', 'expired'];

const GENERATED = 1;
const CANCEL_REQUESTED = 2;
const STARTED = 8;
const APART = 16;
const RESULT = 32;

/**
 * Payloads over this many bytes are kept apart from the record, because every step of a job writes its record anew: some 100 bytes
 * more of memory, against the payload once more in the append-only file at every extend.
 */
const INLINE_BYTES = 2_048;

/** Terms of layout 1 that are not written when a job has just these. They stay, whatever the defaults become. */
const STANDARD = { attempts: 5, leaseMs: 30_000, ttlMs: 0, timeoutMs: 900_000, backoffMs: 1_000, backoffMaxMs: 3_600_000 };
type Terms = typeof STANDARD;
/** In the order in which they are written; bit n of `terms` says whether the n-th is. */
const TERMS: readonly (readonly [term: keyof Terms, bytes: number])[] = [
  ['attempts', 2],
  ['leaseMs', 4],
  ['ttlMs', 6],
  ['timeoutMs', 4],
  ['backoffMs', 4],
  ['backoffMaxMs', 4],
];
/** Bit of `terms`: the queue the checksum was made for is another one than where the job is now; its name stands before the job's. */
const MOVED = 64;

const TOKEN_BYTES = 12;

const isApart = (payload: Uint8Array): boolean => payload.length > INLINE_BYTES;

/**
 * A new job as lua/enqueue.lua takes it: what stands before the times, its delay, what stands after them, and the payload when that
 * is kept apart. The storage puts the times in.
 */
export function writeNewJob(to: ByteWriter, job: NewJob): void {
  const apart = isApart(job.payload);
  const terms = termsOf(job);
  const specBytes = termsBytes(terms) + job.name.length;
  to.u8(LAYOUT).u8(STATE_CODES.indexOf(job.delayMs > 0 ? 'scheduled' : 'ready'));
  to.u8((job.generated ? GENERATED : 0) | (apart ? APART : 0)).u8(job.priority | (ENCODINGS.indexOf(job.encoding) << 4));
  to.u32(job.checksum).u48(job.delayMs);
  to.u32(3 + job.queue.length + specBytes + (apart ? 4 : job.payload.length));
  to.u8(terms).name(job.queue).u8(specBytes);
  for (let n = 0; n < TERMS.length; n++) if (terms & (1 << n)) to.unsigned(job[TERMS[n]![0]], TERMS[n]![1]);
  to.ascii(job.name);
  if (apart) to.u32(job.payload.length).bytes32(job.payload);
  else to.bytes(job.payload);
}

function termsOf(job: NewJob): number {
  let terms = 0;
  for (let n = 0; n < TERMS.length; n++) if (job[TERMS[n]![0]] !== STANDARD[TERMS[n]![0]]) terms |= 1 << n;
  return terms;
}

function termsBytes(terms: number): number {
  let bytes = 0;
  for (let n = 0; n < TERMS.length; n++) if (terms & (1 << n)) bytes += TERMS[n]![1];
  return bytes;
}

/** A record taken apart. */
interface JobRecord extends Terms, Run {
  readonly state: JobState;
  readonly flags: number;
  readonly priority: number;
  readonly encoding: Encoding;
  readonly checksum: number;
  readonly createdAtMs: number;
  readonly atMs: number;
  readonly queue: string;
  readonly originQueue: string;
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

function readRecord(from: ByteReader): JobRecord {
  if (from.u8() !== LAYOUT) throw new RangeError('unknown layout');
  const state = STATE_CODES[from.u8()];
  const flags = from.u8();
  const kind = from.u8();
  const encoding = ENCODINGS[kind >> 4];
  if (!state || !encoding) throw new RangeError('unknown state or encoding');
  const checksum = from.u32();
  const createdAtMs = from.u48();
  const atMs = from.u48();
  const written = from.u8();
  const run = flags & STARTED ? readRun(from) : NO_RUN;
  const queue = from.name();
  const specEnd = from.u8() + from.at;
  const terms = readTerms(from, written);
  const originQueue = written & MOVED ? from.name() : queue;
  const name = from.ascii(specEnd - from.at);
  if (flags & APART) from.skip(4);
  const head = { state, flags, priority: kind & 15, encoding, checksum, createdAtMs, atMs, queue, originQueue, name };
  return { ...run, ...terms, ...head, body: from.rest() };
}

function readRun(from: ByteReader): Run {
  const attempt = from.u32();
  const spent = from.u16();
  const undelivered = from.u8();
  const lostLeases = from.u8();
  const token = from.hex(TOKEN_BYTES);
  from.skip(TOKEN_BYTES + 1);
  const owner = from.text(from.u16());
  const reason = from.text(from.u16());
  from.skip(from.u16());
  return { attempt, spent, undelivered, lostLeases, token, owner, reason };
}

function readTerms(from: ByteReader, written: number): Terms {
  const terms = { ...STANDARD };
  for (let n = 0; n < TERMS.length; n++) if (written & (1 << n)) terms[TERMS[n]![0]] = from.unsigned(TERMS[n]![1]);
  return terms;
}

/** Reads a record. Throws CORRUPT with the job's tenant and id. */
function read(bytes: Buffer, tenant: string, id: string): JobRecord {
  try {
    return readRecord(new ByteReader(bytes));
  } catch (error) {
    return fail('CORRUPT', { tenant, id }, error);
  }
}

/** What a worker gets. Throws CORRUPT. */
export function leasedOf(bytes: Buffer, tenant: string, id: string): LeasedJob {
  const job = read(bytes, tenant, id);
  return {
    tenant,
    id,
    token: job.token,
    queue: job.queue,
    name: job.name,
    payload: job.body,
    encoding: job.encoding,
    checksum: job.checksum,
    originQueue: job.originQueue,
    attempt: job.attempt,
    spent: job.spent,
    attempts: job.attempts,
    lostLeases: job.lostLeases,
    leaseMs: job.leaseMs,
    timeoutMs: job.timeoutMs,
    backoffMs: job.backoffMs,
    backoffMaxMs: job.backoffMaxMs,
    createdAtMs: job.createdAtMs,
  };
}

/** What anyone may see; with the payload when it was asked for and is kept. Throws CORRUPT. */
export function viewOf(bytes: Buffer, tenant: string, id: string, withPayload: boolean): JobView {
  const job = read(bytes, tenant, id);
  const keepsPayload = job.state === 'dead' || !isFinal(job.state);
  return {
    id,
    tenant,
    queue: job.queue,
    name: job.name,
    state: job.state,
    attempt: job.attempt,
    spent: job.spent,
    attempts: job.attempts,
    undelivered: job.undelivered,
    lostLeases: job.lostLeases,
    priority: job.priority,
    cancelRequested: (job.flags & CANCEL_REQUESTED) !== 0,
    createdAtMs: job.createdAtMs,
    atMs: job.atMs,
    owner: job.owner,
    reason: job.reason,
    encoding: job.encoding,
    ...(job.flags & RESULT && { result: job.body }),
    ...(withPayload && keepsPayload && { payload: job.body }),
  };
}

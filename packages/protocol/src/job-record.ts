import { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { AS_QUEUE, ENCODINGS, type Encoding, type JobState, type NewJob } from './job.js';
import { LIMITS } from './limits.js';

/*
 * The packed record of a job, layout 2: what storage may keep of a job as it is, and what a worker is handed. docs/protocol.md has the
 * table; lua/record.lua of store-redis is the other side. Numbers are big-endian.
 */

export const LAYOUT = 2;

/** What a state is in a record, for ever. */
export const STATE_CODES: readonly JobState[] = ['ready', 'scheduled', 'leased', 'completed', 'dead', 'cancelled', 'expired'];

export const FLAGS = { cancelRequested: 1, started: 4, apart: 8, result: 16 } as const;
/** The bit of `traits` that says the client made the id up; the encoding stands above it. */
const GENERATED = 1;

/** Terms of layout 2 that are not written when a job has just these. They stay, whatever the defaults become. */
const STANDARD = { attempts: AS_QUEUE, leaseMs: AS_QUEUE, ttlMs: 0, timeoutMs: 900_000, backoffMs: 1_000, backoffMaxMs: 3_600_000 };
export type Terms = { readonly [T in keyof typeof STANDARD]: number };
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
const TOKEN_BYTES = 12;
/** Behind the token of the lease: the one settled last, and how. */
const LAST_BYTES = TOKEN_BYTES + 1;

/** A record taken apart. */
export interface JobRecord {
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
  /** The payload of a job that is not over, the result of a completed one; empty when the payload is kept apart. */
  readonly body: Uint8Array;
}

/** What a job has from its first lease on. */
export interface Run {
  readonly attempt: number;
  readonly spent: number;
  readonly undelivered: number;
  readonly lostLeases: number;
  readonly token: string;
  readonly owner: string;
  readonly reason: string;
}

const NO_RUN: Run = { attempt: 0, spent: 0, undelivered: 0, lostLeases: 0, token: '', owner: '', reason: '' };

/** Reads a record of `count` bytes; `told`: with the texts that only people read. Throws a RangeError when it is none. */
export function readRecord(from: ByteReader, count: number, told: boolean): JobRecord {
  const end = from.at + count;
  if (from.u8() !== LAYOUT) throw new RangeError('unknown layout');
  const state = STATE_CODES[from.u8()];
  const atMs = from.u48();
  const flags = from.u8();
  const run = flags & FLAGS.started ? readRun(from, told) : NO_RUN;
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
  if (flags & FLAGS.apart) from.skip(4);
  const body = from.plain(end - from.at);
  return { state, flags, priority, encoding, checksum, createdAtMs, atMs, run, queue, originQueue, terms, name, body };
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
  if ((written & (MOVED - 1)) === 0) return STANDARD;
  return {
    attempts: written & ATTEMPTS ? from.u16() : STANDARD.attempts,
    leaseMs: written & LEASE ? from.u32() : STANDARD.leaseMs,
    ttlMs: written & TTL ? from.u48() : STANDARD.ttlMs,
    timeoutMs: written & TIMEOUT ? from.u32() : STANDARD.timeoutMs,
    backoffMs: written & BACKOFF ? from.u32() : STANDARD.backoffMs,
    backoffMaxMs: written & BACKOFF_MAX ? from.u32() : STANDARD.backoffMaxMs,
  };
}

/** Of a record that was just leased, whatever else of it can be read. */
export function tokenOf(record: ByteReader): string {
  record.skip(HEAD_BYTES);
  return record.hex(TOKEN_BYTES);
}

/** What a record says from its checksum on. */
export type Rest = Pick<NewJob, 'checksum' | 'generated' | 'encoding' | 'name' | 'payload' | keyof Terms>;

/** Where in a rest the traits, the terms and the length of the spec are, and where the spec begins. */
const TRAITS_AT = 4;
const WRITTEN_AT = 5;
const SPEC_BYTES_AT = 6;
const SPEC_AT = 7;

/**
 * What is wrong with the rest of a new record that came from outside: the name of the field; `undefined` when nothing is. The form of
 * its name is not looked at.
 */
export function flawOfRest(bytes: Buffer, at: number, end: number, ttlMs: number): string | undefined {
  if (at + SPEC_AT > end) return 'rest';
  const written = bytes[at + WRITTEN_AT] as number;
  const nameBytes = (bytes[at + SPEC_BYTES_AT] as number) - termsBytes(written);
  if ((bytes[at + TRAITS_AT] as number) >> 1 >= ENCODINGS.length) return 'encoding';
  if (written & (MOVED | EXTRA)) return 'terms';
  if (nameBytes < 1 || at + SPEC_AT + (bytes[at + SPEC_BYTES_AT] as number) > end) return 'name';
  return written === 0 && ttlMs === 0 ? undefined : flawOfTerms(bytes, at + SPEC_AT, written, ttlMs);
}

function flawOfTerms(bytes: Buffer, at: number, written: number, ttlMs: number): string | undefined {
  const from = new ByteReader(bytes);
  from.at = at;
  const terms = readTerms(from, written);
  if (terms.ttlMs !== ttlMs) return 'ttlMs';
  const { leaseMs } = terms;
  if (leaseMs > 0 && (leaseMs < LIMITS.leaseMinMs || leaseMs > LIMITS.leaseMs)) return 'leaseMs';
  if (terms.timeoutMs < 1 || terms.timeoutMs > LIMITS.timeoutMs) return 'timeoutMs';
  if (terms.backoffMs > LIMITS.backoffMs) return 'backoffMs';
  return terms.backoffMaxMs > LIMITS.backoffMs ? 'backoffMaxMs' : undefined;
}

/** Where the name stands in the rest of a new record. The payload begins at its end. */
export function nameOfRest(bytes: Buffer, at: number): { readonly at: number; readonly end: number } {
  const specAt = at + SPEC_AT;
  return { at: specAt + termsBytes(bytes[at + WRITTEN_AT] as number), end: specAt + (bytes[at + SPEC_BYTES_AT] as number) };
}

/** Reads the rest of a new record with its payload in it. */
export function readRest(from: ByteReader, count: number): Rest {
  const end = from.at + count;
  const checksum = from.u32();
  const traits = from.u8();
  const written = from.u8();
  const specBytes = from.u8();
  const specEnd = from.at + specBytes;
  const terms = readTerms(from, written);
  const name = from.ascii(specEnd - from.at);
  const encoding = ENCODINGS[traits >> 1] as Encoding;
  return { checksum, generated: (traits & GENERATED) !== 0, encoding, name, payload: from.plain(end - from.at), ...terms };
}

export interface RestOptions {
  /** The payload is kept elsewhere; its length stands here. */
  readonly apart: boolean;
  /** The queue the checksum was made for, where that is another one. */
  readonly movedFrom?: string | undefined;
}

/** A record from its checksum on. */
export function writeRest(to: ByteWriter, job: Rest, { apart, movedFrom }: RestOptions): void {
  const terms = termsOf(job);
  to.u32(job.checksum)
    .u8((job.generated ? GENERATED : 0) | (ENCODINGS.indexOf(job.encoding) << 1))
    .u8(terms | (movedFrom === undefined ? 0 : MOVED))
    .u8(termsBytes(terms) + (movedFrom === undefined ? 0 : 1 + movedFrom.length) + job.name.length);
  writeTerms(to, terms, job);
  if (movedFrom !== undefined) to.name(movedFrom);
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

import { ByteReader, requireForm } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { isStoredId, packId, unpackId } from './job-id.js';
import { FLAGS, type JobRecord, LAYOUT, readRecord, STATE_CODES, tokenOf, writeRest } from './job-record.js';
import type { LeasedJob } from './lease.js';
import { DEFAULTS } from './limits.js';
import { isName } from './names.js';

/**
 * Jobs of one reserve as they travel to a worker: what a storage that keeps records handed out, byte for byte, so that a broker hands
 * them on unopened. docs/protocol.md has the form:
 *
 *   grants: their number, then for each the tenant, how many of the jobs are of it, and the attempts and the lease of those that
 *           leave them to their queue
 *   jobs:   id, record (see job-record.ts), and the payload of a record that is kept apart from it
 */
export interface PackedJobs {
  readonly count: number;
  /** Of the payloads. */
  readonly payloadBytes: number;
  readonly bytes: Uint8Array;
}

/** A checksum that no payload has: of a job whose record cannot be read, so that whoever holds it against the payload sets it aside. */
export const NO_CHECKSUM = -1;

/** For a storage that keeps jobs in another form. */
export function packJobs(jobs: readonly LeasedJob[]): PackedJobs {
  const payloadBytes = jobs.reduce((bytes, { payload }) => bytes + payload.length, 0);
  const to = new ByteWriter(64 + payloadBytes + jobs.length * 160);
  const runs = runsOf(jobs);
  to.u16(runs.length);
  // each says for itself what it would leave to its queue
  for (const [tenant, count] of runs) to.name(tenant).u16(count).u16(0).u32(0);
  for (const job of jobs) writeJob(to, job);
  return { count: jobs.length, payloadBytes, bytes: to.finish() };
}

function runsOf(jobs: readonly LeasedJob[]): [tenant: string, count: number][] {
  const runs: [string, number][] = [];
  for (const { tenant } of jobs) {
    const last = runs.at(-1);
    if (last?.[0] === tenant) last[1]++;
    else runs.push([tenant, 1]);
  }
  return runs;
}

const LEASED = STATE_CODES.indexOf('leased');
const HEAD_BYTES = 9;

function writeJob(to: ByteWriter, job: LeasedJob): void {
  to.bytes8(packId(job.id));
  const lengthAt = to.length;
  to.u32(0);
  to.u8(LAYOUT).u8(LEASED).u48(0).u8(FLAGS.started);
  to.hex(job.token).zeros(13);
  to.u32(job.attempt).u16(job.spent).u8(0).u8(job.lostLeases).zeros(6);
  to.zeros(HEAD_BYTES).u8(0).name(job.queue).u48(job.createdAtMs);
  writeRest(to, restOf(job), { apart: false, movedFrom: job.originQueue === job.queue ? undefined : job.originQueue });
  to.patch32(lengthAt, to.length - lengthAt - 4);
}

/** Spelled out: to spread an object of so many fields takes longer than to write it. */
const restOf = (job: LeasedJob) => ({
  checksum: job.checksum,
  generated: false,
  encoding: job.encoding,
  name: job.name,
  payload: job.payload,
  attempts: job.attempts,
  leaseMs: job.leaseMs,
  ttlMs: 0,
  timeoutMs: job.timeoutMs,
  backoffMs: job.backoffMs,
  backoffMaxMs: job.backoffMaxMs,
});

/** Throws a RangeError when they are not packed jobs; one whose own record cannot be read has a checksum that matches nothing. */
export function openJobs(bytes: Uint8Array): LeasedJob[] {
  const from = new ByteReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  const grants = Array.from({ length: from.u16() }, () => readGrant(from));
  const jobs: LeasedJob[] = [];
  for (const grant of grants) for (let n = 0; n < grant.count; n++) jobs.push(readJob(from, grant));
  if (from.left > 0) throw new RangeError(`${from.left} bytes too many`);
  return jobs;
}

interface Grant {
  readonly tenant: string;
  readonly count: number;
  readonly attempts: number;
  readonly leaseMs: number;
}

function readGrant(from: ByteReader): Grant {
  const tenant = from.name();
  if (!isName(tenant)) throw new RangeError('no tenant');
  return { tenant, count: from.u16(), attempts: from.u16(), leaseMs: from.u32() };
}

function readJob(from: ByteReader, grant: Grant): LeasedJob {
  const stored = from.bytes(from.u8());
  requireForm(isStoredId(stored, 0, stored.length), 'no id');
  const id = unpackId(stored);
  const bytes = from.u32();
  const at = from.skip(bytes);
  const apart = isApart(from, at) ? from.plain(from.u32()) : undefined;
  const next = from.at;
  from.at = at;
  try {
    const record = readRecord(from, bytes, false);
    return leasedOf(id, record, apart ?? record.body, grant);
  } catch {
    from.at = at;
    return unreadable(id, grant.tenant, tokenOf(from));
  } finally {
    from.at = next;
  }
}

/** Said by the head of the record, which can be read whatever became of the rest: else what follows would be read from the wrong place on. */
function isApart(from: ByteReader, recordAt: number): boolean {
  const { at } = from;
  from.at = recordAt + HEAD_BYTES - 1;
  const flags = from.u8();
  from.at = at;
  return (flags & FLAGS.apart) !== 0;
}

const leasedOf = (id: string, record: JobRecord, payload: Uint8Array, grant: Grant): LeasedJob => ({
  tenant: grant.tenant,
  id,
  token: record.run.token,
  queue: record.queue,
  name: record.name,
  payload,
  encoding: record.encoding,
  checksum: record.checksum,
  originQueue: record.originQueue,
  attempt: record.run.attempt,
  spent: record.run.spent,
  attempts: record.terms.attempts < 0 ? grant.attempts : record.terms.attempts,
  lostLeases: record.run.lostLeases,
  leaseMs: record.terms.leaseMs < 0 ? grant.leaseMs : record.terms.leaseMs,
  timeoutMs: record.terms.timeoutMs,
  backoffMs: record.terms.backoffMs,
  backoffMaxMs: record.terms.backoffMaxMs,
  createdAtMs: record.createdAtMs,
});

const unreadable = (id: string, tenant: string, token: string): LeasedJob => ({
  tenant,
  id,
  token,
  queue: '',
  name: '',
  payload: new Uint8Array(0),
  encoding: 'raw',
  checksum: NO_CHECKSUM,
  originQueue: '',
  attempt: 1,
  spent: 0,
  attempts: DEFAULTS.attempts,
  lostLeases: 0,
  leaseMs: DEFAULTS.leaseMs,
  timeoutMs: DEFAULTS.timeoutMs,
  backoffMs: DEFAULTS.backoffMs,
  backoffMaxMs: DEFAULTS.backoffMaxMs,
  createdAtMs: 0,
});

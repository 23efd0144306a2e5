import type { EnqueueBatch } from './broker-protocol.js';
import { ByteReader, requireForm } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { NewJob } from './job.js';
import { packId, requireIds, unpackId } from './job-id.js';
import { flawOfRest, nameOfRest, type Rest, readRest, writeRest } from './job-record.js';
import { LIMITS } from './limits.js';
import { isJobName, isName } from './names.js';
import { type PackedRuns, packRuns, readRuns, writePart } from './packed-runs.js';

/** New jobs one after the other that share where and when they begin. */
export interface BatchRun {
  readonly queue: string;
  readonly priority: number;
  readonly delayMs: number;
  readonly atMs: number;
  readonly ttlMs: number;
  readonly count: number;
  /** Of all payloads, and of the largest. */
  readonly payloadBytes: number;
  readonly largestBytes: number;
  /** How many jobs there are of each name. */
  readonly names: ReadonlyMap<string, number>;
  /** Each with its length, a byte, before it. */
  readonly ids: Uint8Array;
  /** What their records say from the checksum on, each with its length, 4 bytes, before it. */
  readonly rests: Uint8Array;
}

/**
 * The jobs of an enqueue as they travel: in runs, and within one as a storage that keeps records keeps them, so that a broker looks them
 * over and hands them on without making an object of any. docs/protocol.md has the form.
 */
export type PackedBatch = PackedRuns<BatchRun>;

/** First guesses at what a job takes besides its payload. */
const ID_BYTES = 20;
const REST_BYTES = 64;

/** In the order the jobs are given in. */
export function packBatch(jobs: readonly NewJob[]): PackedBatch {
  const bytes = jobs.reduce((sum, { payload }) => sum + payload.length + REST_BYTES + ID_BYTES, 64);
  return packRuns(jobs, bytes, (to, from) => packRun(to, jobs, from));
}

function packRun(to: ByteWriter, jobs: readonly NewJob[], from: number) {
  const first = jobs[from] as NewJob;
  let end = from + 1;
  while (end < jobs.length && isAlike(first, jobs[end] as NewJob)) end++;
  const count = end - from;
  const { queue, priority, delayMs, atMs, ttlMs } = first;
  to.name(queue).u8(priority).u48(delayMs).u48(atMs).u48(ttlMs).u16(count);
  const ids = writePart(to, () => {
    for (let place = from; place < end; place++) to.bytes8(packId((jobs[place] as NewJob).id));
  });
  const names = new Map<string, number>();
  let payloadBytes = 0;
  let largestBytes = 0;
  const rests = writePart(to, () => {
    for (let place = from; place < end; place++) {
      const job = jobs[place] as NewJob;
      writePart(to, () => writeRest(to, job, { apart: false }));
      names.set(job.name, (names.get(job.name) ?? 0) + 1);
      payloadBytes += job.payload.length;
      largestBytes = Math.max(largestBytes, job.payload.length);
    }
  });
  const made = (bytes: Buffer): BatchRun => ({
    ...{ queue, priority, delayMs, atMs, ttlMs, count, names, payloadBytes, largestBytes },
    ids: bytes.subarray(ids.at, ids.end),
    rests: bytes.subarray(rests.at, rests.end),
  });
  return { count, made };
}

const isAlike = (a: NewJob, b: NewJob): boolean =>
  a.queue === b.queue && a.priority === b.priority && a.delayMs === b.delayMs && a.atMs === b.atMs && a.ttlMs === b.ttlMs;

/** Looks a batch over that came from outside. Throws a RangeError that says what of it cannot be. */
export const readBatch = (bytes: Uint8Array): PackedBatch => readRuns(bytes, readRun);

function readRun(from: ByteReader): BatchRun {
  const queue = from.name();
  const priority = from.u8();
  const [delayMs, atMs, ttlMs] = [from.u48(), from.u48(), from.u48()];
  const count = from.u16();
  requireForm(isName(queue), 'queue');
  requireForm(priority <= LIMITS.priority, 'priority');
  requireForm(delayMs <= LIMITS.delayMs, 'delayMs');
  requireForm(ttlMs <= LIMITS.delayMs, 'ttlMs');
  requireForm(count > 0, 'count');
  const ids = from.bytes(from.u32());
  requireIds(ids, count);
  const rests = from.bytes(from.u32());
  return { queue, priority, delayMs, atMs, ttlMs, count, ids, rests, ...lookOverRests(rests, count, ttlMs) };
}

type Sums = Pick<BatchRun, 'payloadBytes' | 'largestBytes' | 'names'>;

function lookOverRests(rests: Buffer, count: number, ttlMs: number): Sums {
  const names = new Map<string, number>();
  let payloadBytes = 0;
  let largestBytes = 0;
  let at = 0;
  let name = { at: 0, end: 0 };
  let some = 0;
  const counted = () => {
    if (some === 0) return;
    const text = rests.toString('latin1', name.at, name.end);
    requireForm(isJobName(text), 'name');
    names.set(text, (names.get(text) ?? 0) + some);
    some = 0;
  };
  for (let n = 0; n < count; n++) {
    requireForm(at + 4 <= rests.length, 'rests');
    const end = at + 4 + rests.readUInt32BE(at);
    requireForm(end <= rests.length, 'rests');
    const flaw = flawOfRest(rests, at + 4, end, ttlMs);
    requireForm(flaw === undefined, flaw as string);
    const next = nameOfRest(rests, at + 4);
    if (!isSame(rests, name, next)) counted();
    name = next;
    some++;
    payloadBytes += end - next.end;
    largestBytes = Math.max(largestBytes, end - next.end);
    at = end;
  }
  counted();
  requireForm(at === rests.length, 'rests');
  return { payloadBytes, largestBytes, names };
}

interface Span {
  readonly at: number;
  readonly end: number;
}

function isSame(bytes: Buffer, a: Span, b: Span): boolean {
  if (a.end - a.at !== b.end - b.at) return false;
  for (let from = a.at, other = b.at; from < a.end; from++, other++) if (bytes[from] !== bytes[other]) return false;
  return true;
}

/** The jobs of a batch that was looked over. */
export function openBatch({ runs }: PackedBatch): NewJob[] {
  return runs.flatMap((run) => {
    const ids = new ByteReader(run.ids);
    const rests = new ByteReader(run.rests);
    return Array.from({ length: run.count }, () => openJob(run, unpackId(ids.bytes(ids.u8())), readRest(rests, rests.u32())));
  });
}

/** All jobs of an enqueue, in whatever form they came. */
export const jobsOf = ({ jobs, packed }: EnqueueBatch): readonly NewJob[] => (packed ? [...jobs, ...openBatch(packed)] : jobs);

const openJob = (run: BatchRun, id: string, rest: Rest): NewJob => ({
  id,
  generated: rest.generated,
  queue: run.queue,
  name: rest.name,
  payload: rest.payload,
  encoding: rest.encoding,
  checksum: rest.checksum,
  delayMs: run.delayMs,
  atMs: run.atMs,
  priority: run.priority,
  attempts: rest.attempts,
  leaseMs: rest.leaseMs,
  timeoutMs: rest.timeoutMs,
  backoffMs: rest.backoffMs,
  backoffMaxMs: rest.backoffMaxMs,
  ttlMs: run.ttlMs,
});

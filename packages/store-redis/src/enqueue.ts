import {
  ByteWriter,
  codeOf,
  type EnqueueVerdict,
  FLAGS,
  openBatch,
  type PackedBatch,
  packId,
  STATE_CODES,
  writeRest,
} from '@tiercel/protocol';
import { shardOf, type TenantJob } from '@tiercel/store';
import { byShard, inRuns } from './by-shard.js';
import { each } from './codes.js';
import { joined } from './joined.js';
import { isApart, isApartOf } from './record.js';
import type { ShardCaller } from './shard-caller.js';

/** Codes below say that the job is stored, and in which state. */
const DUPLICATE = 16;
const PAYLOAD_TOO_LARGE = 32;
const QUEUE_FULL = 33;
const DUPLICATE_ID: EnqueueVerdict = { code: 'DUPLICATE_ID', state: '' };
const FULL: EnqueueVerdict = { code: 'STORAGE_FULL', state: '' };
const STORED: readonly EnqueueVerdict[] = STATE_CODES.map((state) => ({ code: 'OK', state }));

/** Throws STORAGE_FULL when nothing was stored; when only some shards had room, the items of the others say so. */
export async function enqueue(
  caller: ShardCaller,
  shards: number,
  batch: readonly TenantJob[],
): Promise<readonly EnqueueVerdict[]> {
  let refusal: unknown;
  const verdicts = await byShard(batch, shards, async (shard, jobs) => {
    try {
      const codes = (await caller.step('enqueue', shard, ...writeJobs(jobs))) as Buffer;
      return each(codes, verdictOf);
    } catch (error) {
      if (codeOf(error) !== 'STORAGE_FULL') throw error;
      refusal = error;
      return jobs.map(() => FULL);
    }
  });
  if (refusal && verdicts.every((verdict) => verdict === FULL)) throw refusal;
  return verdicts;
}

/** The same with jobs as they travel, where their payloads stay with their records. */
export async function enqueuePacked(
  caller: ShardCaller,
  shards: number,
  tenant: string,
  batch: PackedBatch,
): Promise<readonly EnqueueVerdict[]> {
  if (batch.runs.some(({ largestBytes }) => isApartOf(largestBytes)))
    return enqueue(
      caller,
      shards,
      openBatch(batch).map((job) => ({ ...job, tenant })),
    );
  const codes = (await caller.step('enqueue', shardOf(tenant, shards), ...writeBatch(tenant, batch))) as Buffer;
  return each(codes, verdictOf);
}

function verdictOf(code: number): EnqueueVerdict {
  if (code < DUPLICATE) return STORED[code] as EnqueueVerdict;
  if (code === PAYLOAD_TOO_LARGE) return { code: 'PAYLOAD_TOO_LARGE', state: '' };
  if (code === QUEUE_FULL) return { code: 'QUEUE_FULL', state: '' };
  const state = STATE_CODES[code - DUPLICATE];
  return state ? { code: 'DUPLICATE', state } : DUPLICATE_ID;
}

/** First guesses at the sizes of a request: of an id, and of what a record has besides the payload. */
const ID_BYTES = 20;
const REST_BYTES = 64;

/** The ids, in runs of jobs that share what their records begin with, with the bytes of their payloads and the count of each name; what else their records have, in the same order; and how many runs. */
export function writeJobs(jobs: readonly TenantJob[]): [names: Buffer, records: Buffer, runs: string] {
  const names = new ByteWriter(jobs.length * ID_BYTES + 4 * ID_BYTES);
  const to = new ByteWriter(jobs.reduce((sum, { payload }) => sum + REST_BYTES + payload.length, 0));
  let runs = 0;
  let countAt = 0;
  let bytes = 0;
  let counts = new Map<string, number>();
  inRuns(jobs, isAlike, {
    open({ tenant, queue, priority, payload, delayMs, atMs, ttlMs }) {
      names
        .name(tenant)
        .name(queue)
        .u8(priority)
        .u8(isApart(payload) ? FLAGS.apart : 0);
      countAt = names.u48(delayMs).u48(atMs).u48(ttlMs).length;
      names.u16(0);
      runs++;
      bytes = 0;
      counts = new Map();
    },
    item(job) {
      names.bytes8(packId(job.id));
      bytes += job.payload.length;
      counts.set(job.name, (counts.get(job.name) ?? 0) + 1);
      const restAt = to.u32(0).length;
      writeRest(to, job, { apart: isApart(job.payload) });
      to.patch32(restAt - 4, to.length - restAt);
      if (isApart(job.payload)) to.bytes32(job.payload);
    },
    close(count) {
      names.u48(bytes).u16(counts.size).patch16(countAt, count);
      for (const [name, some] of counts) names.name(name).u16(some);
    },
  });
  return [names.finish(), to.finish(), String(runs)];
}

/** As `writeJobs`. */
export function writeBatch(tenant: string, { runs, bytes }: PackedBatch): [names: Buffer, records: Buffer, runs: string] {
  const names = new ByteWriter(bytes.length >> 2);
  for (const run of runs) {
    names.name(tenant).name(run.queue).u8(run.priority).u8(0);
    names.u48(run.delayMs).u48(run.atMs).u48(run.ttlMs).u16(run.count).bytes(run.ids);
    names.u48(run.payloadBytes).u16(run.names.size);
    for (const [name, some] of run.names) names.name(name).u16(some);
  }
  return [names.finish(), joined(runs.map(({ rests }) => rests)), String(runs.length)];
}

const isAlike = (a: TenantJob, b: TenantJob): boolean =>
  a.tenant === b.tenant &&
  a.queue === b.queue &&
  a.priority === b.priority &&
  a.delayMs === b.delayMs &&
  a.atMs === b.atMs &&
  a.ttlMs === b.ttlMs &&
  isApart(a.payload) === isApart(b.payload);

import { codeOf, type EnqueueVerdict, type NewJob } from '@tiercel/protocol';
import { byShard, inRuns } from './by-shard.js';
import { ByteWriter } from './byte-writer.js';
import { packId } from './job-id.js';
import { STATE_CODES, writeNewJob } from './record.js';
import type { ShardCaller } from './shard-caller.js';

type TenantJob = NewJob & { readonly tenant: string };

const ENQUEUED = 0;
const DUPLICATE = 16;
const DUPLICATE_ID: EnqueueVerdict = { code: 'DUPLICATE_ID', state: '' };
const FULL: EnqueueVerdict = { code: 'STORAGE_FULL', state: '' };
const READY: EnqueueVerdict = { code: 'OK', state: 'ready' };
const SCHEDULED: EnqueueVerdict = { code: 'OK', state: 'scheduled' };

/** Throws STORAGE_FULL when nothing was stored; when only some shards had room, the items of the others say so. */
export async function enqueue(
  caller: ShardCaller,
  shards: number,
  batch: readonly TenantJob[],
): Promise<readonly EnqueueVerdict[]> {
  let refusal: unknown;
  const verdicts = await byShard(batch, shards, async (shard, jobs) => {
    try {
      const codes = (await caller.step('enqueue', shard, writeJobs(jobs))) as Buffer;
      return jobs.map((job, at) => verdictOf(codes[at] as number, job));
    } catch (error) {
      if (codeOf(error) !== 'STORAGE_FULL') throw error;
      refusal = error;
      return jobs.map(() => FULL);
    }
  });
  if (refusal && verdicts.every((verdict) => verdict === FULL)) throw refusal;
  return verdicts;
}

function verdictOf(code: number, job: TenantJob): EnqueueVerdict {
  if (code === ENQUEUED) return job.delayMs > 0 ? SCHEDULED : READY;
  const state = STATE_CODES[code - DUPLICATE];
  return state ? { code: 'DUPLICATE', state } : DUPLICATE_ID;
}

/** Typical bytes of a job besides its payload: a first guess at the size of a request. */
const JOB_BYTES = 128;

function writeJobs(jobs: readonly TenantJob[]): Buffer {
  const to = new ByteWriter(jobs.reduce((sum, { payload }) => sum + JOB_BYTES + payload.length, 0));
  let countAt = 0;
  inRuns(jobs, (a, b) => a.tenant === b.tenant && a.queue === b.queue, {
    open({ tenant, queue }) {
      countAt = to.name(tenant).name(queue).length;
      to.u16(0);
    },
    item(job) {
      to.bytes8(packId(job.id));
      writeNewJob(to, job);
    },
    close: (count) => to.patch16(countAt, count),
  });
  return to.finish();
}

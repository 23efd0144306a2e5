import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineJob, Tiercel } from 'tiercel';
import type { Contestant, JobData } from '../contestant.js';
import { installedVersion } from '../installed.js';
import { benchJob } from '../tiercel-job.js';
import { JOB, QUEUE } from '../tiercel-names.js';

const TENANT = 'bench';

/** What the process has opened: it produces and works in one. */
let opened: Promise<Tiercel> | undefined;

function open(): Promise<Tiercel> {
  if (opened === undefined) {
    const dir = mkdtempSync(join(tmpdir(), 'tiercel-bench-embedded-'));
    process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
    opened = Tiercel.connect({ store: `lmdb:${dir}` });
  }
  return opened;
}

/** The package `tiercel` alone: one process that keeps jobs in a folder, on disk before it answers, and performs them. */
const embedded: Contestant = {
  name: 'tiercel, embedded',
  version: `tiercel ${installedVersion('tiercel')}`,
  servers: [],
  alone: true,
  async produce() {
    const installation = await open();
    const bench = installation.tenant(TENANT);
    const job = defineJob(JOB, { queue: QUEUE }, () => {});
    return {
      one: (data) => bench.enqueue(job, data),
      many: async (all: readonly JobData[]) => {
        for (const answer of await bench.enqueueMany(job, all)) if (answer.status === 'rejected') throw answer.reason;
      },
      close: () => installation.close(),
    };
  },
  work: async (_scene, watch, concurrency) => (await open()).work([benchJob(watch)], { concurrency }),
  settings: [
    'concurrency 100 instead of 10, as for all',
    'answers come after the disk was flushed, which is its default: more than what the others promise',
  ],
  cannot: {
    T1: 'measured where tenants are other processes',
    M1: 'its jobs are in a file that grows by steps, not in the memory of a server',
  },
};
export default embedded;

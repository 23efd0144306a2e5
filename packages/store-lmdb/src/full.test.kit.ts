import type { JobStore } from '@tiercel/store';
import { ackOf, reserveSome, someJobs, TENANT } from './lmdb.test.kit.js';

export const PAYLOAD = new Uint8Array(8_000).fill(7);
/** Finished jobs go at once, so that draining makes room. */
export const RETENTION = { finishedMs: 0, finishedMax: 0, keepAtLeastMs: 0 };

/** Enqueues until that is refused. Answers the ids that were acknowledged, and the refusal. */
export async function fill(store: JobStore) {
  const acknowledged: string[] = [];
  for (let batch = 0; ; batch++) {
    const jobs = someJobs(10, { payload: PAYLOAD }).map((job) => ({ ...job, id: `${batch}-${job.id}` }));
    try {
      await store.enqueue(jobs);
    } catch (error) {
      return { acknowledged, code: (error as { code: string }).code };
    }
    acknowledged.push(...jobs.map(({ id }) => id));
  }
}

/** Performs all that is ready; answers how many that were. */
export async function drain(store: JobStore): Promise<number> {
  for (let done = 0; ; ) {
    const leases = await reserveSome(store);
    if (leases.length === 0) return done;
    const refused = (await store.settle(leases.map(ackOf))).find((code) => code !== 'OK');
    if (refused) throw new Error(`a settle was answered ${refused}`);
    await store.prune(0, 1_000);
    done += leases.length;
  }
}

/** How many jobs are ready. */
export async function readyIn(store: JobStore): Promise<number> {
  return (await store.queues(TENANT)).reduce((sum, { ready }) => sum + ready, 0);
}

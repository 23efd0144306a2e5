import { realClock, realRandom, uuidV7 } from '@tiercel/actors';
import type { LeasedJob } from '@tiercel/protocol';
import type { JobStore, TenantJob } from '@tiercel/store';
import { aJob, aReserve } from '@tiercel/store/testing';

const BATCH = 500;
/** Batches on the way at a time. */
const UNDER_WAY = 6;

/** A job as they usually are: an id of ours and 200 bytes of data. */
export const aPlainJob = (told: Partial<TenantJob> = {}): TenantJob =>
  aJob({ id: uuidV7(realClock, realRandom), generated: true, payload: new Uint8Array(200), ...told });

/** Enqueues so many jobs. */
export async function fill(store: JobStore, count: number, told: Partial<TenantJob> = {}): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    while (left > 0) {
      const size = Math.min(BATCH, left);
      left -= size;
      const verdicts = await store.enqueue(Array.from({ length: size }, () => aPlainJob(told)));
      const refused = verdicts.find(({ code }) => code !== 'OK');
      if (refused) throw new Error(`an enqueue was answered ${refused.code}`);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, one));
}

/** Jobs of a reserve whose time is taken. */
const RESERVED = 10;

/** A reserve, and what makes its queue as long as before. */
export const reserving = (store: JobStore) => ({
  async act(): Promise<readonly LeasedJob[]> {
    const { jobs } = await store.reserve(aReserve(store, { max: RESERVED }));
    if (jobs.length !== RESERVED) throw new Error(`${jobs.length} jobs were reserved, not ${RESERVED}`);
    return jobs;
  },
  async after(jobs: readonly LeasedJob[]): Promise<void> {
    await store.settle(jobs.map(({ tenant, id, token }) => ({ tenant, id, token, outcome: 'ack' })));
    await store.enqueue(jobs.map(() => aPlainJob()));
  },
});

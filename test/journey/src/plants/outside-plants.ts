import type { NewJob } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { Plant } from '../plant.js';

const COPY = '.copy-';

/** Every enqueue stores a job, also under an id that is there: a repeated one makes a second job. */
export const notIdempotent: Plant = {
  name: 'enqueue is not idempotent',
  within: 10,
  store: (store) => {
    let copies = 0;
    return () => ({
      ...store,
      async enqueue(batch) {
        const verdicts = [];
        for (const job of batch) verdicts.push(...(await insert(store, job, () => `${job.id}${COPY}${++copies}`)));
        return verdicts;
      },
      async reserve(request) {
        const { jobs, left } = await store.reserve(request);
        return { left, jobs: jobs.map((job) => ({ ...job, id: job.id.split(COPY)[0] as string })) };
      },
    });
  },
};

async function insert(store: JobStore, job: NewJob & { tenant: string }, otherId: () => string) {
  const [verdict] = await store.enqueue([job]);
  return verdict!.code === 'OK' ? [verdict!] : store.enqueue([{ ...job, id: otherId() }]);
}

/** What handlers write to does not compare what it is given with what it has seen. */
export const effectsUnfenced: Plant = { name: 'effects are not fenced', within: 200, effects: () => () => true };

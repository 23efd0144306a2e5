import { BULK } from '../contestant.js';
import { hand, type Measure } from '../measure.js';

const LOAD = { calls: BULK.inFlight, bulk: true } as const;

/** By how much what jobs take of the server that keeps them grows for each one that waits, once connections and scripts are there. */
export const memory: Measure = {
  about: 'bytes that each waiting job takes of the server that keeps it',
  columns: [{ figure: 'bytesPerJob', title: 'M1', unit: 'bytes' }],
  async run(stage, { memoryWarmJobs, memoryJobs: jobs }) {
    await hand(stage, LOAD, { jobs: memoryWarmJobs });
    const before = await stage.jobBytes();
    await hand(stage, LOAD, { jobs });
    const after = await stage.jobBytes();
    return { figures: { bytesPerJob: (after - before) / jobs }, jobs };
  },
};

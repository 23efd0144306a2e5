import { BULK } from '../contestant.js';
import { hand, type Measure } from '../measure.js';

const LOAD = { calls: BULK.inFlight, bulk: true } as const;

/** By how much Redis's `used_memory` grows for each job that waits, once connections and scripts are there. */
export const memory: Measure = {
  about: 'memory of Redis for each waiting job',
  columns: [{ figure: 'bytesPerJob', title: 'M1', unit: 'bytes' }],
  async run(stage, { memoryWarmJobs, memoryJobs: jobs }) {
    await hand(stage, LOAD, memoryWarmJobs);
    const before = await stage.servers.redisMemoryBytes();
    await hand(stage, LOAD, jobs);
    const after = await stage.servers.redisMemoryBytes();
    return { figures: { bytesPerJob: (after - before) / jobs }, jobs };
  },
};

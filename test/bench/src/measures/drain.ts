import { BULK } from '../contestant.js';
import { hand, type Measure, perSec } from '../measure.js';
import { withUsage } from '../usage.js';

/** A worker alone on a queue filled before: from where it is under way to the last job finished, so that its start is not measured. */
export const drain: Measure = {
  about: 'drain of a full queue',
  columns: [{ figure: 'perSec', title: 'P1', unit: 'jobs/s' }],
  async run(stage, sizes) {
    const { drainJobs, drainSkipped } = sizes;
    await hand(stage, { calls: BULK.inFlight, bulk: true }, { jobs: drainJobs });
    const workers = await stage.startWorkers();
    const fromMs = await workers.reach(drainSkipped, sizes);
    const { result: toMs, ...usage } = await withUsage(
      () => stage.pids,
      () => workers.reach(drainJobs, sizes),
    );
    const jobs = drainJobs - drainSkipped;
    return { figures: { perSec: perSec(jobs, toMs - fromMs) }, jobs, duplicates: await workers.duplicates(), ...usage };
  },
};

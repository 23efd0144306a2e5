import { BULK } from '../contestant.js';
import { duplicatesOf, hand, type Measure, perSec, reach } from '../measure.js';
import { withUsage } from '../usage.js';

/** A worker alone on a queue filled before: from where it is under way to the last job finished, so that its start is not measured. */
export const drain: Measure = {
  about: 'drain of a full queue',
  columns: [{ figure: 'perSec', title: 'P1', unit: 'jobs/s' }],
  async run(stage, sizes) {
    const { drainJobs, drainSkipped } = sizes;
    await hand(stage, { calls: BULK.inFlight, bulk: true }, drainJobs);
    const worker = await stage.startWorker();
    const fromMs = await reach(worker, drainSkipped, sizes);
    const { result: toMs, ...usage } = await withUsage(
      () => stage.pids,
      () => reach(worker, drainJobs, sizes),
    );
    const jobs = drainJobs - drainSkipped;
    return { figures: { perSec: perSec(jobs, toMs - fromMs) }, jobs, duplicates: await duplicatesOf(worker), ...usage };
  },
};

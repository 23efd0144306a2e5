import type { Child } from '../child.js';
import { BULK } from '../contestant.js';
import { duplicatesOf, hand, type Measure, perSec, reach } from '../measure.js';
import type { Load } from '../producer-role.js';
import type { Sizes } from '../sizes.js';
import type { Stage } from '../stage.js';
import { residentBytes, withUsage } from '../usage.js';

/** Producer and worker at once: from the first enqueue call to the last job finished. */
export function both(title: string, about: string, load: Load): Measure {
  return {
    about,
    columns: [{ figure: 'perSec', title, unit: 'jobs/s' }],
    async run(stage, sizes) {
      const worker = await stage.startWorker();
      const warm = sizes.bothWarmJobs;
      const rehearsed = sizes.bothRehearsedJobs;
      await together(stage, worker, load, sizes, { before: 0, jobs: warm });
      const rehearsedMs = await together(stage, worker, load, sizes, { before: warm, jobs: rehearsed });
      const jobs = wholeBulks((rehearsed * sizes.bothMs) / rehearsedMs);
      const measured = () => together(stage, worker, load, sizes, { before: warm + rehearsed, jobs });
      const { result: ms, ...usage } = await withUsage(() => stage.pids, measured);
      return {
        figures: { perSec: perSec(jobs, ms) },
        jobs,
        duplicates: await duplicatesOf(worker),
        ...usage,
        residentBytes: residentBytes(stage.pids),
      };
    },
  };
}

/** How long it took, in milliseconds. `before`: jobs finished in earlier calls. */
async function together(
  stage: Stage,
  worker: Child,
  load: Load,
  sizes: Sizes,
  { before, jobs }: { readonly before: number; readonly jobs: number },
): Promise<number> {
  const [{ fromMs }, finishedAtMs] = await Promise.all([hand(stage, load, jobs), reach(worker, before + jobs, sizes)]);
  return finishedAtMs - fromMs;
}

const wholeBulks = (jobs: number): number => Math.max(1, Math.round(jobs / BULK.jobs)) * BULK.jobs;

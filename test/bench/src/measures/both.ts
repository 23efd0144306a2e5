import { BULK } from '../contestant.js';
import type { Crew } from '../crew.js';
import { hand, type Measure, perSec } from '../measure.js';
import type { Amount, Load } from '../producer-role.js';
import type { Sizes } from '../sizes.js';
import type { Setting, Stage } from '../stage.js';
import { residentBytes, withUsage } from '../usage.js';

export interface BothOptions {
  readonly title: string;
  readonly about: string;
  readonly load: Load;
  readonly setting?: Setting;
  /** Worker processes; 1 by default. */
  readonly workers?: number;
}

/** Producer and worker at once: from the first enqueue call to when as many jobs are finished as were handed in. */
export function both({ title, about, load, workers: count = 1, ...rest }: BothOptions): Measure {
  return {
    about,
    columns: [{ figure: 'perSec', title, unit: 'jobs/s' }],
    ...rest,
    async run(stage, sizes) {
      const workers = await stage.startWorkers(count);
      const pass = (before: number, amount: Amount) => together({ stage, workers, load, sizes, before }, amount);
      const { jobs: warm } = await pass(0, { jobs: sizes.bothWarmJobs, ms: sizes.bothWarmMs });
      const rehearsed = await pass(warm, { jobs: sizes.bothRehearsedJobs, ms: sizes.bothMs });
      const jobs = wholeBulks((rehearsed.jobs * sizes.bothMs) / rehearsed.ms);
      const measured = () => pass(warm + rehearsed.jobs, { jobs });
      const { result, ...usage } = await withUsage(() => stage.pids, measured);
      return {
        figures: { perSec: perSec(jobs, result.ms) },
        jobs,
        duplicates: await workers.duplicates(),
        ...usage,
        residentBytes: residentBytes(stage.pids),
      };
    },
  };
}

interface Pass {
  readonly stage: Stage;
  readonly workers: Crew;
  readonly load: Load;
  readonly sizes: Sizes;
  /** Jobs finished in earlier ones. */
  readonly before: number;
}

/** How many were handed in, and how long it took until as many were finished. */
async function together({ stage, workers, load, sizes, before }: Pass, amount: Amount): Promise<{ jobs: number; ms: number }> {
  const { jobs, fromMs } = await hand(stage, load, amount);
  return { jobs, ms: (await workers.reach(before + jobs, sizes)) - fromMs };
}

const wholeBulks = (jobs: number): number => Math.max(1, Math.round(jobs / BULK.jobs)) * BULK.jobs;

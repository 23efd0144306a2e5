import { BULK } from '../contestant.js';
import { hand, type Measure, perSec } from '../measure.js';
import { CALLS } from '../sizes.js';
import { withUsage } from '../usage.js';

const WAITING = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1M': 1_000_000 };
/** A million jobs are handed in by bulk calls before. */
const WITHIN_MS = 300_000;
const LOAD = { calls: CALLS.C1, bulk: false };

/** C1 that begins behind so many jobs that wait. */
export const growths: Readonly<Record<string, Measure>> = Object.fromEntries(
  Object.entries(WAITING).map(([name, waiting]) => [`G1-${name}`, growth(`G1-${name}`, waiting)] as const),
);

/**
 * Whatever is finished from the first enqueue call to the last answer counts, so that a worker who is faster than the producer is seen to be,
 * for as long as jobs wait.
 */
function growth(title: string, waiting: number): Measure {
  return {
    about: `C1 that begins behind ${waiting.toLocaleString('en')} waiting jobs: all that is finished meanwhile`,
    columns: [{ figure: 'perSec', title, unit: 'jobs/s' }],
    withinMs: WITHIN_MS,
    async run(stage, sizes) {
      await hand(stage, { calls: BULK.inFlight, bulk: true }, { jobs: waiting });
      const workers = await stage.startWorkers();
      await hand(stage, LOAD, { jobs: sizes.bothRehearsedJobs, ms: sizes.bothMs });
      const { result, ...usage } = await withUsage(
        () => stage.pids,
        async () => {
          const before = await workers.finished();
          const { fromMs, toMs } = await hand(stage, LOAD, { ms: sizes.bothMs });
          return { jobs: (await workers.finished()) - before, ms: toMs - fromMs };
        },
      );
      const { jobs, ms } = result;
      if (jobs === 0) throw new Error('no job was finished');
      return { figures: { perSec: perSec(jobs, ms) }, jobs, duplicates: await workers.duplicates(), ...usage };
    },
  };
}

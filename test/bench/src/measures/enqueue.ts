import { type Measure, perSec } from '../measure.js';
import type { Handed, Load } from '../producer-role.js';
import { withUsage } from '../usage.js';

/** A producer alone, as fast as it is answered. */
export function enqueue(title: string, about: string, load: Load): Measure {
  return {
    about,
    columns: [{ figure: 'perSec', title, unit: 'jobs/s' }],
    async run(stage, { enqueueWarmMs, enqueueMs }) {
      await stage.producer.ask('enqueue', { ...load, ms: enqueueWarmMs });
      const measured = () => stage.producer.ask<Handed>('enqueue', { ...load, ms: enqueueMs });
      const { result, ...usage } = await withUsage(() => stage.pids, measured);
      const { jobs, fromMs, toMs } = result;
      return { figures: { perSec: perSec(jobs, toMs - fromMs) }, jobs, ...usage };
    },
  };
}

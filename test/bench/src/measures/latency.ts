import { hand, type Measure } from '../measure.js';
import type { Pace } from '../producer-role.js';
import { CALLS } from '../sizes.js';
import { percentile } from '../statistics.js';
import { withUsage } from '../usage.js';

const PERCENTILES = [50, 95, 99];

/** Single jobs at a low, even rate: from the enqueue call to the handler's start, and until the worker knows it acknowledged. */
export const latency: Measure = {
  about: 'latency at an even rate, from the enqueue call to handler start and to ack',
  columns: ['start', 'ack'].flatMap((to) =>
    PERCENTILES.map((p) => ({ figure: `${to}P${p}Ms`, title: `L1 ${to} p${p}`, unit: 'ms' as const })),
  ),
  async run(stage, sizes) {
    const { latencyWarmJobs: atSpeed, latencyAloneJobs: alone, latencyJobs: jobs, latencyPerSec } = sizes;
    const workers = await stage.startWorkers();
    await Promise.all([hand(stage, { calls: CALLS.C1, bulk: false }, { jobs: atSpeed }), workers.reach(atSpeed, sizes)]);
    const warm = atSpeed + alone;
    await Promise.all([hand(stage, { calls: 1, bulk: false }, { jobs: alone }), workers.reach(warm, sizes)]);
    await workers.time();
    const measured = () =>
      Promise.all([stage.producer.ask('pace', { jobs, perSec: latencyPerSec } satisfies Pace), workers.reach(warm + jobs, sizes)]);
    const { beside } = await withUsage(() => stage.pids, measured);
    const latencies = await workers.latencies();
    if (latencies.ack.length < jobs) throw new Error(`of ${jobs} jobs only ${latencies.ack.length} acks were timed`);
    const figures = Object.entries(latencies).flatMap(([to, all]) =>
      PERCENTILES.map((p) => [`${to}P${p}Ms`, percentile(all, p)] as const),
    );
    return { figures: Object.fromEntries(figures), jobs, duplicates: await workers.duplicates(), beside };
  },
};

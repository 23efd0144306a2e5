import type { Clock } from '@tiercel/actors';
import { kept, type Metrics, QUICK, SLOW } from '@tiercel/host';
import type { Worker, WorkerObserver } from '@tiercel/worker';

/** Queues, and names of jobs, that have series of their own. */
const MAX_QUEUES = 50;
const MAX_NAMES = 100;
const MAX_PAIRS = 500;

/** Counts what a worker does: how long jobs waited, ran and took to settle. */
export function observeWorker(metrics: Metrics, clock: Pick<Clock, 'now'>): WorkerObserver {
  const wait = metrics.histogram(
    'tiercel_job_wait_seconds',
    'From enqueue to the first start, with the delay that was asked for; across two clocks.',
    SLOW,
    ['queue'],
  );
  const run = metrics.histogram('tiercel_job_run_seconds', 'How long handlers ran.', SLOW, ['queue', 'name'], MAX_PAIRS);
  const settle = metrics.histogram('tiercel_job_settle_seconds', 'From the end of a run to the answer of the broker.', QUICK).of();
  const waitOf = kept(MAX_QUEUES, (queue) => wait.of(queue));
  const runsOf = kept(MAX_QUEUES, (queue) => kept(MAX_NAMES, (name) => run.of(queue, name)));
  return {
    begun(grants) {
      const now = clock.now();
      for (const { job } of grants) if (job.attempt === 1) waitOf(job.queue).observe(Math.max(0, now - job.createdAtMs) / 1_000);
    },
    ended({ queue, name }, tookMs) {
      runsOf(queue)(name).observe(tookMs / 1_000);
    },
    settled(settled, now) {
      for (const { since } of settled) settle.observe((now - since) / 1_000);
    },
  };
}

/** What became of a worker's jobs, as it counts them anyhow. */
export function countWorker(metrics: Metrics, worker: Pick<Worker, 'counters' | 'running'>): void {
  const ends = metrics.counter('tiercel_worker_jobs_total', 'Jobs that this process started, and what became of them.', ['end']);
  const running = metrics.gauge('tiercel_in_flight', 'Jobs that run, or requests under way.').of();
  metrics.before(() => {
    running.set(worker.running);
    for (const [end, count] of Object.entries(worker.counters)) ends.of(end).set(count);
  });
}

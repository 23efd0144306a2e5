import { Metrics } from '@tiercel/host';
import type { WorkerObserver } from '@tiercel/worker';
import { expect, test } from 'vitest';
import { countWorker, observeWorker } from './worker-metrics.js';

type Job = Parameters<WorkerObserver['ended']>[0];
const aJob = (told: Partial<Job> = {}) => ({ queue: 'mail', name: 'Send', attempt: 1, createdAtMs: 900, ...told }) as Job;

/** What is told after a while of observing, line by line, at the time 1,000. */
function setup() {
  const metrics = new Metrics();
  const lines = async () => (await metrics.text()).split('\n');
  return { metrics, observer: observeWorker(metrics, { now: () => 1_000 }), lines };
}

test('a first start counts as a wait, a later one does not', async () => {
  const { observer, lines } = setup();

  observer.begun([{ job: aJob() }, { job: aJob({ attempt: 2 }) }, { job: aJob({ createdAtMs: 2_000 }) }]);

  const told = await lines();
  expect(told).toContain('tiercel_job_wait_seconds_count{queue="mail"} 2');
  expect(told).toContain('tiercel_job_wait_seconds_sum{queue="mail"} 0.1');
});

test('runs are told by queue and name, and settlements together', async () => {
  const { observer, lines } = setup();

  observer.ended(aJob(), 500, 'ack');
  observer.ended(aJob({ name: 'Other' }), 500, undefined);
  observer.settled([{ since: 10 }, { since: 20 }] as unknown as Parameters<WorkerObserver['settled']>[0], 30);

  const told = await lines();
  expect(told).toContain('tiercel_job_run_seconds_sum{queue="mail",name="Send"} 0.5');
  expect(told).toContain('tiercel_job_run_seconds_count{queue="mail",name="Other"} 1');
  expect(told).toContain('tiercel_job_settle_seconds_sum 0.03');
});

test('a flood of queues and names makes a bounded number of series', async () => {
  const { observer, lines } = setup();

  for (let place = 0; place < 2_000; place++) {
    const job = aJob({ queue: `q${place % 200}`, name: `n${place}` });
    observer.begun([{ job }]);
    observer.ended(job, 1, 'ack');
  }

  const told = await lines();
  const count = (start: string) => told.filter((line) => line.startsWith(start)).length;
  expect(count('tiercel_job_wait_seconds_count')).toBe(51);
  expect(count('tiercel_job_run_seconds_count')).toBeLessThanOrEqual(501);
  expect(told).toContain('tiercel_job_wait_seconds_count{queue="_other"} 1500');
});

test('what became of the jobs of a worker is read at the scrape', async () => {
  const { metrics, lines } = setup();
  countWorker(metrics, { running: 3, counters: { started: 9, acked: 4, released: 1, buried: 1, lost: 0 } });

  expect(await lines()).toEqual(expect.arrayContaining(['tiercel_in_flight 3', 'tiercel_worker_jobs_total{end="acked"} 4']));
});

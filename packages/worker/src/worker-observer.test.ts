import { expect, test } from 'vitest';
import { aJob } from './broker.test.kit.js';
import { setup } from './setup.test.kit.js';
import type { WorkerObserver } from './worker-observer.js';

test('who observes a worker is told of every job that begins, ends and is settled, with how long that took', async () => {
  const told: (readonly unknown[])[] = [];
  const observe: WorkerObserver = {
    begun: (grants) => told.push(['begun', ...grants.map(({ job }) => job.name)]),
    ended: ({ name }, tookMs, outcome) => told.push(['ended', name, tookMs, outcome]),
    settled: (settled, now) => told.push(['settled', ...settled.map(({ code, since }) => [code, now >= since])]),
  };
  const work = ({ data }: { readonly data: unknown }) => (data === 'bad' ? Promise.reject(new Error('no')) : undefined);
  const { worker, advance } = await setup({ jobs: [aJob({ data: 'good' }), aJob({ data: 'bad' })], work, observe });

  await advance(500);

  const order = told.map(([what]) => what);
  expect(order.slice(0, 3)).toEqual(['begun', 'ended', 'ended']);
  expect(told).toContainEqual(['begun', 'Work', 'Work']);
  expect(told.filter(([what]) => what === 'ended')).toEqual([
    ['ended', 'Work', 0, 'ack'],
    ['ended', 'Work', 0, 'release'],
  ]);
  const settled = told.filter(([what]) => what === 'settled').flatMap(([, ...each]) => each);
  expect(settled).toEqual([
    ['OK', true],
    ['OK', true],
  ]);
  expect(worker.counters.started).toBe(2);
});

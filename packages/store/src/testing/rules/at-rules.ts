import { expect } from 'vitest';
import { aJob, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';

const NOW_MS = 1_800_000_000_000;

/** Jobs at a date instead of after a delay. */
export function atRules({ setup, needing }: Kit): void {
  const rule = needing('delay');

  rule('a job at a time to come is scheduled and due then, not a millisecond before', async () => {
    const { clock, store, promote, look } = await setup({ atMs: NOW_MS });

    expect(await store.enqueue([aJob({ atMs: NOW_MS + 86_400_001 })])).toEqual([{ code: 'OK', state: 'scheduled' }]);
    expect(await look()).toMatchObject({ state: 'scheduled', atMs: NOW_MS + 86_400_001, createdAtMs: NOW_MS });

    clock.advance(86_400_000);
    expect(await promote()).toMatchObject({ moved: 0, nextInMs: 1 });
    clock.advance(1);
    expect(await promote()).toMatchObject({ moved: 1, ready: [[TENANT, QUEUE]] });
    expect(await look()).toMatchObject({ state: 'ready', atMs: 0 });
  });

  rule('a job at a time that has come is ready at once', async () => {
    const { store, drain } = await setup({ atMs: NOW_MS });

    const verdicts = await store.enqueue([aJob({ id: 'now', atMs: NOW_MS }), aJob({ id: 'past', atMs: 1 })]);

    expect(verdicts).toEqual([
      { code: 'OK', state: 'ready' },
      { code: 'OK', state: 'ready' },
    ]);
    expect(await drain()).toEqual(['now', 'past']);
  });

  rule('a time is of the clock of the store, also after that went back', async () => {
    const { store, clock } = await setup({ atMs: NOW_MS, jobs: [aJob({ id: 'first' })] });
    clock.advance(-10_000);

    expect(await store.enqueue([aJob({ atMs: NOW_MS })])).toEqual([{ code: 'OK', state: 'ready' }]);
  });

  rule('jobs of one batch may each have their own time', async () => {
    const { clock, promote, drain } = await setup({
      atMs: NOW_MS,
      jobs: [
        aJob({ id: 'third', atMs: NOW_MS + 30 }),
        ...someJobs(['first', 'zeroth'], {}).map((job, nth) => ({ ...job, atMs: nth === 0 ? NOW_MS + 10 : 0 })),
        aJob({ id: 'second', delayMs: 20 }),
      ],
    });

    clock.advance(30);
    await promote();

    expect(await drain()).toEqual(['zeroth', 'first', 'second', 'third']);
  });

  rule('the time to live counts from the enqueue, not from that time', async () => {
    const { clock, promote, look } = await setup({ atMs: NOW_MS, jobs: [aJob({ atMs: NOW_MS + 500, ttlMs: 500 })] });

    clock.advance(500);
    await promote();

    expect(await look()).toMatchObject({ state: 'expired' });
  });
}

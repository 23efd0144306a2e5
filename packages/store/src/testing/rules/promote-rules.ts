import { expect } from 'vitest';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';

export function promoteRules({ setup, needing }: Kit): void {
  const rule = needing('delay');

  rule('a scheduled job is ready when it is due and not a millisecond before', async () => {
    const { clock, promote, look, drain } = await setup({ jobs: [aJob({ delayMs: 1_000 })] });

    clock.advance(999);
    expect(await promote()).toMatchObject({ moved: 0, ready: [], nextInMs: 1 });

    clock.advance(1);
    expect(await promote()).toMatchObject({ moved: 1, ready: [[TENANT, QUEUE]], nextInMs: undefined });
    expect(await look()).toMatchObject({ state: 'ready', atMs: 0 });
    expect(await drain()).toEqual(['job-1']);
  });

  rule('due jobs go to the tail, in the order they are due', async () => {
    const { clock, promote, drain } = await setup({
      jobs: [
        aJob({ id: 'third', delayMs: 30 }),
        aJob({ id: 'first', delayMs: 10 }),
        aJob({ id: 'second', delayMs: 20 }),
        aJob({ id: 'ready' }),
      ],
    });

    clock.advance(30);
    await promote();

    expect(await drain()).toEqual(['ready', 'first', 'second', 'third']);
  });

  rule('a sweep stops at its limit and says that more is due', async () => {
    const { clock, promote } = await setup({
      jobs: [...someJobs(numbered(5), { delayMs: 10 }), aJob({ id: 'later', delayMs: 500 })],
    });

    clock.advance(10);

    expect(await promote(3)).toMatchObject({ moved: 3, nextInMs: 0 });
    expect(await promote(3)).toMatchObject({ moved: 2, nextInMs: 490 });
  });

  rule('a job released with a delay is promoted like any other, and keeps its counters', async () => {
    const { clock, reserveOne, release, promote, look } = await setup({ jobs: [aJob()] });
    await release(await reserveOne(), { delayMs: 700 });

    clock.advance(700);
    await promote();

    expect(await look()).toMatchObject({ state: 'ready', attempt: 1, spent: 1 });
  });

  rule('a scheduled job past its time to live expires instead of becoming ready', async () => {
    const { clock, promote, look } = await setup({ jobs: [aJob({ delayMs: 2_000, ttlMs: 1_000 })] });

    clock.advance(2_000);

    expect(await promote()).toMatchObject({ moved: 1, ready: [], nextInMs: undefined });
    expect(await look()).toMatchObject({ state: 'expired', atMs: clock.now() });
  });

  rule('every sweep tells what time it was in the shard, which never goes back', async () => {
    const { clock, promote, reap, prune } = await setup();
    const nowMs = clock.now();
    expect(await promote()).toMatchObject({ nowMs });

    clock.advance(-600_000);

    expect(await reap()).toMatchObject({ nowMs });
    expect(await prune()).toMatchObject({ nowMs });
  });

  rule('a clock that went back does not make a job due later', async () => {
    const { store, clock, promote } = await setup({ jobs: [aJob({ delayMs: 1_000 })] });
    clock.advance(1_000);
    await store.enqueue([aJob({ id: 'other' })]);

    clock.advance(-600_000);

    expect(await promote()).toMatchObject({ moved: 1 });
  });
}

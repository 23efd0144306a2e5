import { expect } from 'vitest';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, DELIVERY_LEASE_MS } from '../setup.js';

/** What becomes of jobs whose time to live runs out before they start. */
export function expiryRules({ setup, rule, needing }: Kit): void {
  needing('listing')('a ready job nobody reserves expires when a sweep comes, and not a millisecond before', async () => {
    const { clock, promote, look } = await setup({ jobs: [aJob({ ttlMs: 1_000 }), aJob({ id: 'b' })] });

    clock.advance(999);
    expect(await promote()).toMatchObject({ moved: 0, ready: [], nextInMs: 1 });
    clock.advance(1);
    expect(await promote()).toMatchObject({ moved: 1, ready: [], nextInMs: undefined });

    expect(await look()).toMatchObject({ state: 'expired', atMs: clock.now(), reason: '' });
    expect(await look()).not.toHaveProperty('payload');
    expect(await look('b')).toMatchObject({ state: 'ready' });
  });

  needing('delay', 'listing')('a scheduled job expires while it waits, before it is due', async () => {
    const { clock, promote, look } = await setup({ jobs: [aJob({ delayMs: 9_000, ttlMs: 1_000 })] });

    clock.advance(1_000);
    expect(await promote()).toMatchObject({ moved: 1, nextInMs: undefined });

    expect(await look()).toMatchObject({ state: 'expired' });
  });

  needing('delay')('a sweep is told to come again for whatever is first: what is due or what expires', async () => {
    const { clock, promote } = await setup({
      jobs: [aJob({ id: 'a', delayMs: 300 }), aJob({ id: 'b', ttlMs: 200 }), aJob({ id: 'c', ttlMs: 400 })],
    });

    expect(await promote()).toMatchObject({ nextInMs: 200 });
    clock.advance(200);
    expect(await promote()).toMatchObject({ moved: 1, nextInMs: 100 });
    clock.advance(100);
    expect(await promote()).toMatchObject({ moved: 1, nextInMs: 100 });
  });

  needing('delay', 'listing')('the limit of a sweep is of both: first what is due, then what expires', async () => {
    const { clock, promote, look } = await setup({
      jobs: [aJob({ id: 'due', delayMs: 50 }), ...someJobs(['x', 'y'], { ttlMs: 10 })],
    });
    clock.advance(50);

    expect(await promote(2)).toMatchObject({ moved: 2, nextInMs: 0 });
    expect(await look('due')).toMatchObject({ state: 'ready' });
    expect(await promote(2)).toMatchObject({ moved: 1, nextInMs: undefined });
  });

  rule('a job that has started, or is running, does not expire', async () => {
    const { clock, reserveOne, release, promote, reap, drain } = await setup({ jobs: someJobs(['a', 'b'], { ttlMs: 1_000 }) });
    await release(await reserveOne());
    await reserveOne();

    clock.advance(DELIVERY_LEASE_MS);
    expect(await promote()).toMatchObject({ moved: 0, nextInMs: undefined });
    expect(await reap()).toMatchObject({ moved: 1 });

    expect(await drain()).toEqual(['b', 'a']);
  });

  needing('listing')('a job that was cancelled is no business of the sweep any more', async () => {
    const { store, clock, promote } = await setup({ jobs: [aJob({ ttlMs: 10 })] });
    await store.cancel(TENANT, ['job-1']);

    clock.advance(10);

    expect(await promote()).toMatchObject({ moved: 0, nextInMs: undefined });
  });

  needing('settings')(
    'jobs that expire become dead letters where the queue says so, and do not expire again when revived',
    async () => {
      const { clock, control, drain, promote, look, store } = await setup({
        jobs: [aJob({ id: 'a', ttlMs: 10 }), aJob({ id: 'b', ttlMs: 20 })],
      });
      await control({ expireTo: '*dead' });

      clock.advance(10);
      expect(await promote()).toMatchObject({ moved: 1, ready: [] });
      clock.advance(10);
      expect(await drain()).toEqual([]);

      for (const id of ['a', 'b'])
        expect(await look(id)).toMatchObject({ state: 'dead', reason: 'EXPIRED', payload: aJob().payload, attempt: 0 });
      expect(await store.revive(TENANT, ['a'])).toEqual([{ code: 'OK', state: 'ready' }]);
      expect(await promote()).toMatchObject({ moved: 0, nextInMs: undefined });
      expect(await drain()).toEqual(['a']);
    },
  );

  needing('settings')(
    'jobs that expire go to the tail of another queue where theirs says so, and do not expire there',
    async () => {
      const { store, clock, control, promote, look, queue } = await setup({
        jobs: [
          aJob({ id: 'there', queue: 'late' }),
          aJob({ id: 'a', ttlMs: 10, priority: 3 }),
          aJob({ id: 'b', ttlMs: 10, priority: 5 }),
        ],
      });
      const before = (await look('a'))!;
      await control({ expireTo: 'late' });
      await control({ maxAgeMs: 1, maxItems: 1 }, 'late');

      clock.advance(10);
      expect(await promote()).toMatchObject({ moved: 2, ready: [[TENANT, 'late']], nextInMs: undefined });

      expect(await look('a')).toEqual({ ...before, queue: 'late' });
      expect(await queue('late')).toMatchObject({ ready: 3, bytes: 3 * aJob().payload.length });
      expect(await queue()).toMatchObject({ ready: 0, bytes: 0, finished: 0 });
      clock.advance(1_000_000);
      expect(await promote()).toMatchObject({ moved: 0 });
      const { jobs } = await store.reserve({
        ...{
          shard: 0,
          wants: [aWant({ queue: 'late' })],
          max: 10,
          maxBytes: 1e6,
          deliveryLeaseMs: 1_000,
          owner: 'w',
          nonce: '00000001',
        },
      });
      expect(jobs).toMatchObject([
        { id: 'a', queue: 'late', originQueue: QUEUE, attempt: 1, createdAtMs: before.createdAtMs },
        { id: 'there', queue: 'late', originQueue: 'late' },
        { id: 'b', queue: 'late', originQueue: QUEUE },
      ]);
    },
  );

  needing('settings')('a reserve that finds jobs past their time sends them where their queue says', async () => {
    const { store, clock, control, reserve, ids } = await setup({ jobs: [aJob({ id: 'a', ttlMs: 10 }), aJob({ id: 'b' })] });
    await control({ expireTo: 'late' });
    clock.advance(10);

    expect(await reserve({ wants: [aWant(), aWant({ queue: 'late', max: 0 })] })).toMatchObject({
      jobs: [{ id: 'b' }],
      left: [0, 1],
    });

    expect(await ids('ready', 'late')).toEqual(['a']);
    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([{ tenant: TENANT, queue: 'late', ready: 1 }]);
  });

  needing('settings')('the id of a job that moved stays its own, and its duplicate is told', async () => {
    const { store, clock, control, promote } = await setup({ jobs: [aJob({ ttlMs: 10 })] });
    await control({ expireTo: 'late' });
    clock.advance(10);
    await promote();

    expect(await store.enqueue([aJob(), aJob({ queue: 'late' })])).toEqual([
      { code: 'DUPLICATE', state: 'ready' },
      { code: 'DUPLICATE_ID', state: '' },
    ]);
  });

  needing('settings')('a queue that sends what expires to itself has no other place for it than the end', async () => {
    const { clock, control, promote, look } = await setup({ jobs: [aJob({ ttlMs: 10 })] });
    await control({ expireTo: QUEUE }, '');

    clock.advance(10);
    expect(await promote()).toMatchObject({ moved: 1, ready: [] });

    expect(await look()).toMatchObject({ state: 'expired', queue: QUEUE });
  });

  needing('settings')('a job that a reserve moves to another queue it asks for is counted there once', async () => {
    const { clock, control, reserve } = await setup({ jobs: [aJob({ id: 'late', ttlMs: 10 }), ...someJobs(['a', 'b'])] });
    await control({ expireTo: 'bulk' });

    clock.advance(10);

    const { jobs, left } = await reserve({ wants: [aWant(), aWant({ queue: 'bulk' })], max: 1 });
    expect([jobs.map(({ id }) => id), left]).toEqual([['a'], [1, 1]]);
  });

  needing('settings', 'pausing')('a paused queue takes what expires elsewhere, and no sweep says that it has work', async () => {
    const { clock, control, promote, queue } = await setup({ jobs: [aJob({ ttlMs: 10 })] });
    await control({ expireTo: 'late' });
    await control({ paused: true }, 'late');

    clock.advance(10);

    expect(await promote()).toMatchObject({ moved: 1, ready: [] });
    expect(await queue('late')).toMatchObject({ ready: 1, paused: true });
  });

  needing('settings')('the age a queue allows bounds the time to live of what is enqueued from then on', async () => {
    const { store, clock, control, promote, ids } = await setup({ jobs: [aJob({ id: 'before' })] });
    await control({ maxAgeMs: 100 });
    await store.enqueue([
      ...[aJob({ id: 'untold' }), aJob({ id: 'longer', ttlMs: 5_000 }), aJob({ id: 'shorter', ttlMs: 50 })],
      aJob({ id: 'elsewhere', queue: 'other' }),
    ]);
    await control({}, QUEUE, ['maxAgeMs']);

    clock.advance(50);
    await promote();
    expect(await ids('expired')).toEqual(['shorter']);
    clock.advance(50);
    await promote();
    expect([...(await ids('expired'))].sort()).toEqual(['longer', 'shorter', 'untold']);
    clock.advance(10_000);
    expect(await promote()).toMatchObject({ moved: 0, nextInMs: undefined });
  });

  needing('listing')('many jobs of many queues and tenants expire by and by', async () => {
    const { clock, promote } = await setup({
      jobs: ['x', 'y'].flatMap((queue) =>
        ['acme', 'globex'].flatMap((tenant) => someJobs(numbered(10, queue), { queue, tenant, ttlMs: 5 })),
      ),
    });
    clock.advance(5);

    const moved: number[] = [];
    for (let sweeps = 0; sweeps < 5; sweeps++) moved.push((await promote(9)).moved);

    expect(moved).toEqual([9, 9, 9, 9, 4]);
    expect(await promote()).toMatchObject({ moved: 0, nextInMs: undefined });
  });
}

import { expect } from 'vitest';
import { aJob, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, DELIVERY_LEASE_MS, type Scene } from '../setup.js';

export function pausingRules({ setup, needing }: Kit): void {
  const rule = needing('pausing');

  rule('a paused queue hands out nothing, has none left, and is not in the backlog', async () => {
    const { store, control, reserve, queue } = await setup({ jobs: [aJob(), aJob({ id: 'b', queue: 'bulk' })] });

    expect(await control({ paused: true })).toEqual([]);

    const wants = [aWant(), aWant({ queue: 'bulk' })];
    expect(await reserve({ wants })).toMatchObject({ jobs: [{ id: 'b' }], left: [0, 0] });
    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([]);
    expect(await queue()).toMatchObject({ ready: 1, paused: true });
    expect(await queue('bulk')).toMatchObject({ paused: false });
  });

  rule('a paused tenant hands out nothing of any queue; other tenants do', async () => {
    const { store, control, drain } = await setup({
      jobs: [aJob(), aJob({ id: 'b', queue: 'bulk' }), aJob({ tenant: 'globex', id: 'g' })],
    });

    await control({ paused: true }, '');

    expect(await drain({ wants: [aWant(), aWant({ queue: 'bulk' }), aWant({ tenant: 'globex' })] })).toEqual(['g']);
    expect(await store.queues(TENANT)).toMatchObject([{ paused: true }, { paused: true }]);
    expect(await store.queues('globex')).toMatchObject([{ paused: false }]);
  });

  rule('what is paused takes jobs, settles leases and sweeps as ever, and no sweep says that it has work', async () => {
    const { store, clock, control, reserveOne, ack, promote, reap, queue } = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    const [first] = [await reserveOne(), await reserveOne()];
    await control({ paused: true });

    expect(await store.enqueue([aJob({ id: 'd', delayMs: 10 }), aJob({ id: 'e' })])).toMatchObject([
      { code: 'OK' },
      { code: 'OK' },
    ]);
    expect(await ack(first!)).toBe('OK');
    clock.advance(DELIVERY_LEASE_MS);
    expect(await promote()).toMatchObject({ moved: 1, ready: [] });
    expect(await reap()).toMatchObject({ moved: 1, ready: [] });

    expect(await queue()).toMatchObject({ ready: 4, scheduled: 0, leased: 0, finished: 1 });
    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([]);
  });

  rule('resuming answers the pair that has work because of it, in the order it had', async () => {
    const { store, control, drain } = await setup({ jobs: someJobs(['a', 'b']) });
    await control({ paused: true });
    await store.enqueue([aJob({ id: 'c' })]);

    expect(await control({ paused: false })).toEqual([[TENANT, QUEUE]]);

    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([{ tenant: TENANT, queue: QUEUE, ready: 3 }]);
    expect(await drain()).toEqual(['a', 'b', 'c']);
  });

  rule('nothing is answered for what was not paused, still is, or has no ready job', async () => {
    const { control } = await setup({ jobs: [aJob()] });
    expect(await control({ paused: false })).toEqual([]);
    expect(await control({}, QUEUE, ['paused'])).toEqual([]);
    await control({ paused: true }, '');
    await control({ paused: true });

    expect(await control({ paused: false })).toEqual([]);
    expect(await control({ paused: false }, 'none')).toEqual([]);
  });

  rule('resuming a tenant answers all its queues that have ready jobs and are not paused themselves', async () => {
    const { control } = await setup({
      jobs: ['a', 'b', 'c'].map((queue) => aJob({ id: queue, queue })).concat(aJob({ id: 'd', queue: 'd', delayMs: 9 })),
    });
    await control({ paused: true }, '');
    await control({ paused: true }, 'b');

    const resumed = await control({}, '', ['paused']);

    expect([...resumed].sort()).toEqual([
      [TENANT, 'a'],
      [TENANT, 'c'],
    ]);
  });

  rule('a queue that says it is not paused is paused all the same when its tenant is', async () => {
    const { control, drain, queue } = await setup({ jobs: [aJob()] });
    await control({ paused: true }, '');
    await control({ paused: false });

    expect(await queue()).toMatchObject({ paused: true });
    expect(await drain()).toEqual([]);
  });

  rule('a queue may be paused before it has jobs, and is told of', async () => {
    const { store, control, drain, queue } = await setup();
    await control({ paused: true });
    expect(await queue()).toMatchObject({ ready: 0, paused: true });

    await store.enqueue([aJob()]);

    expect(await drain()).toEqual([]);
    expect(await control({}, QUEUE, ['paused'])).toEqual([[TENANT, QUEUE]]);
  });

  rule('what is revived or released into a paused queue waits', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b']) });
    const [a, b] = [await scene.reserveOne(), await scene.reserveOne()];
    await scene.bury(a);
    await scene.control({ paused: true });

    await scene.release(b);
    await scene.store.revive(TENANT, ['a']);

    expect(await backlogOf(scene)).toEqual([]);
    expect(await scene.control({ paused: false })).toEqual([[TENANT, QUEUE]]);
    expect(await backlogOf(scene)).toEqual([{ tenant: TENANT, queue: QUEUE, ready: 2 }]);
  });
}

const backlogOf = ({ store }: Scene) => store.backlog(0, { queue: '', limit: 10 });

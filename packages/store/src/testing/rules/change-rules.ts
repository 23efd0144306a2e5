import { expect } from 'vitest';
import { aJob, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { DELIVERY_LEASE_MS, refOf } from '../setup.js';

export function changeRules({ setup, needing }: Kit): void {
  const rule = needing('listing');

  rule('a ready job is cancelled at once and its payload dropped', async () => {
    const { store, clock, look, drain } = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    clock.advance(5);

    expect(await store.cancel(TENANT, ['b'])).toEqual([{ code: 'OK', state: 'cancelled' }]);

    expect(await look('b')).toMatchObject({ state: 'cancelled', atMs: clock.now() });
    expect(await look('b')).not.toHaveProperty('payload');
    expect(await drain()).toEqual(['a', 'c']);
  });

  needing('listing', 'delay')('a scheduled job is cancelled at once and never promoted', async () => {
    const { store, clock, promote, look } = await setup({ jobs: [aJob({ delayMs: 10 })] });

    expect(await store.cancel(TENANT, ['job-1'])).toEqual([{ code: 'OK', state: 'cancelled' }]);

    clock.advance(10);
    expect(await promote()).toMatchObject({ moved: 0, ready: [], nextInMs: undefined });
    expect(await look()).toMatchObject({ state: 'cancelled' });
  });

  rule('a leased job is flagged, and its worker hears of it when it extends', async () => {
    const { store, clock, deliverOne, look } = await setup({ jobs: [aJob()] });
    const lease = await deliverOne();

    expect(await store.cancel(TENANT, ['job-1'])).toEqual([{ code: 'OK', state: 'leased' }]);

    expect(await look()).toMatchObject({ state: 'leased', cancelRequested: true });
    expect(await store.extend([{ ...refOf(lease), leaseMs: 45_000 }])).toEqual(['CANCEL']);
    expect(await look()).toMatchObject({ atMs: clock.now() + 45_000 });
  });

  rule('to cancel a flagged lease again is no mistake', async () => {
    const { store, reserveOne } = await setup({ jobs: [aJob()] });
    await reserveOne();

    expect(await store.cancel(TENANT, ['job-1', 'job-1'])).toEqual([
      { code: 'OK', state: 'leased' },
      { code: 'OK', state: 'leased' },
    ]);
  });

  needing('listing', 'delay')('a flagged job that is released is cancelled, not repeated', async () => {
    const { store, clock, reserveOne, release, look } = await setup({ jobs: [aJob({ attempts: 1 })] });
    const lease = await reserveOne();
    await store.cancel(TENANT, ['job-1']);

    expect(await release(lease, { delayMs: 100, reason: 'aborted' })).toBe('OK');

    expect(await look()).toMatchObject({ state: 'cancelled', atMs: clock.now(), reason: 'aborted', spent: 1 });
  });

  rule('an ack that wins the race against a cancel stands', async () => {
    const { store, reserveOne, ack, look } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();
    await store.cancel(TENANT, ['job-1']);

    expect(await ack(lease)).toBe('OK');

    expect(await look()).toMatchObject({ state: 'completed' });
  });

  rule('a flagged job that is buried is dead', async () => {
    const { store, reserveOne, bury, look } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();
    await store.cancel(TENANT, ['job-1']);

    await bury(lease);

    expect(await look()).toMatchObject({ state: 'dead' });
  });

  rule('a flagged lease that is reaped is cancelled, delivered or not', async () => {
    const { store, clock, reserveOne, deliverOne, reap, look, drain } = await setup({
      jobs: someJobs(['a', 'b'], { leaseMs: DELIVERY_LEASE_MS }),
    });
    await deliverOne();
    await reserveOne();
    await store.cancel(TENANT, ['a', 'b']);

    clock.advance(DELIVERY_LEASE_MS);

    expect(await reap()).toMatchObject({ moved: 2, ready: [] });
    expect(await look('a')).toMatchObject({ state: 'cancelled' });
    expect(await look('b')).toMatchObject({ state: 'cancelled' });
    expect(await drain()).toEqual([]);
  });

  rule('what is over cannot be cancelled, and the verdict tells its state', async () => {
    const { store, clock, reserveOne, ack, bury, reserve } = await setup({
      jobs: [...someJobs(['acked', 'buried', 'cancelled']), aJob({ id: 'expired', ttlMs: 1 })],
    });
    await ack(await reserveOne());
    await bury(await reserveOne());
    await store.cancel(TENANT, ['cancelled']);
    clock.advance(1);
    await reserve();

    expect(await store.cancel(TENANT, ['acked', 'buried', 'cancelled', 'expired'])).toEqual([
      { code: 'WRONG_STATE', state: 'completed' },
      { code: 'WRONG_STATE', state: 'dead' },
      { code: 'WRONG_STATE', state: 'cancelled' },
      { code: 'WRONG_STATE', state: 'expired' },
    ]);
  });

  rule('jobs of another tenant cannot be cancelled or revived', async () => {
    const { store, look } = await setup({ jobs: [aJob()] });

    expect(await store.cancel('globex', ['job-1'])).toEqual([{ code: 'NOT_FOUND', state: '' }]);
    expect(await store.revive('globex', ['job-1'])).toEqual([{ code: 'NOT_FOUND', state: '' }]);

    expect(await look()).toMatchObject({ state: 'ready' });
  });

  rule('a revived job goes to the tail with a new allowance', async () => {
    const { store, deliverOne, release, look, drain } = await setup({ jobs: [aJob({ attempts: 1 }), aJob({ id: 'b' })] });
    await release(await deliverOne(), { lost: true, reason: 'exit 1' });

    expect(await store.revive(TENANT, ['job-1'])).toEqual([{ code: 'OK', state: 'ready' }]);

    expect(await look()).toMatchObject({
      state: 'ready',
      attempt: 1,
      spent: 0,
      lostLeases: 0,
      undelivered: 0,
      atMs: 0,
      reason: 'exit 1',
    });
    expect(await drain()).toEqual(['b', 'job-1']);
  });

  rule('a revived job may use its whole allowance again', async () => {
    const { store, reserveOne, release, look } = await setup({ jobs: [aJob({ attempts: 2 })] });
    await release(await reserveOne());
    await release(await reserveOne());
    await store.revive(TENANT, ['job-1']);

    await release(await reserveOne());

    expect(await look()).toMatchObject({ state: 'ready', attempt: 3, spent: 1 });
  });

  rule('a job that was flagged, buried and revived is not cancelled any more', async () => {
    const { store, reserveOne, deliverOne, bury, look } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();
    await store.cancel(TENANT, ['job-1']);
    await bury(lease);

    await store.revive(TENANT, ['job-1']);
    await deliverOne();

    expect(await look()).toMatchObject({ state: 'leased', cancelRequested: false });
  });

  rule('only dead jobs are revived', async () => {
    const { store, reserveOne, ack } = await setup({ jobs: someJobs(['acked', 'leased', 'ready']) });
    await ack(await reserveOne());
    await reserveOne();

    expect(await store.revive(TENANT, ['acked', 'leased', 'ready', 'nowhere'])).toEqual([
      { code: 'WRONG_STATE', state: 'completed' },
      { code: 'WRONG_STATE', state: 'leased' },
      { code: 'WRONG_STATE', state: 'ready' },
      { code: 'NOT_FOUND', state: '' },
    ]);
  });

  rule('a dead letter that is forgotten is gone, and its id is free', async () => {
    const { store, reserveOne, bury, look } = await setup({ jobs: someJobs(['a', 'b']) });
    await bury(await reserveOne());
    await bury(await reserveOne());

    expect(await store.forget(TENANT, ['a', 'a'])).toEqual([
      { code: 'OK', state: '' },
      { code: 'NOT_FOUND', state: '' },
    ]);

    expect(await look('a')).toBeNull();
    expect(await look('b')).toMatchObject({ state: 'dead' });
    expect(await store.queues(TENANT)).toMatchObject([{ dead: 1 }]);
    expect(await store.enqueue([aJob({ id: 'a', name: 'Other' })])).toMatchObject([{ code: 'OK' }]);
  });

  rule('only dead jobs of the tenant are forgotten', async () => {
    const { store, reserveOne, ack, bury } = await setup({ jobs: someJobs(['acked', 'buried', 'leased', 'ready']) });
    await ack(await reserveOne());
    await bury(await reserveOne());
    await reserveOne();

    expect(await store.forget('globex', ['buried'])).toEqual([{ code: 'NOT_FOUND', state: '' }]);
    expect(await store.forget(TENANT, ['acked', 'leased', 'ready', 'nowhere'])).toEqual([
      { code: 'WRONG_STATE', state: 'completed' },
      { code: 'WRONG_STATE', state: 'leased' },
      { code: 'WRONG_STATE', state: 'ready' },
      { code: 'NOT_FOUND', state: '' },
    ]);
  });
}

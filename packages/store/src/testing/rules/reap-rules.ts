import { LIMITS } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, DELIVERY_LEASE_MS, refOf } from '../setup.js';

export function reapRules({ setup, rule, needing }: Kit): void {
  rule('a delivery lease nobody answered gives the job back to the head and does not count against it', async () => {
    const { clock, reserveOne, reap, reserve } = await setup({ jobs: someJobs(['a', 'b']) });
    await reserveOne();

    clock.advance(DELIVERY_LEASE_MS);

    expect(await reap()).toMatchObject({ moved: 1, ready: [[TENANT, QUEUE]], nextInMs: undefined });
    expect((await reserve()).jobs).toMatchObject([
      { id: 'a', attempt: 2, spent: 0, lostLeases: 0 },
      { id: 'b', attempt: 1 },
    ]);
  });

  needing('listing')('a job that is back remembers who was to have it', async () => {
    const { clock, reserveOne, reap, look } = await setup({ jobs: someJobs(['a', 'b']) });
    await reserveOne();

    clock.advance(DELIVERY_LEASE_MS);
    await reap();

    expect(await look('a')).toMatchObject({
      state: 'ready',
      undelivered: 1,
      lostLeases: 0,
      spent: 0,
      attempt: 1,
      owner: 'worker-1',
    });
  });

  rule('a lease nobody extends any more gives the job back to the head and counts as lost', async () => {
    const { clock, deliverOne, reap, reserve } = await setup({ jobs: someJobs(['a', 'b'], { attempts: 3 }) });
    const lease = await deliverOne();

    clock.advance(lease.leaseMs);
    await reap();

    expect((await reserve()).jobs).toMatchObject([{ id: 'a', lostLeases: 1, spent: 1, attempt: 2 }]);
  });

  rule('a lease is reaped at its end and not a millisecond before', async () => {
    const { clock, reserveOne, reap } = await setup({ jobs: [aJob()] });
    await reserveOne();

    clock.advance(DELIVERY_LEASE_MS - 1);
    expect(await reap()).toMatchObject({ moved: 0, ready: [], nextInMs: 1 });

    clock.advance(1);
    expect(await reap()).toMatchObject({ moved: 1 });
  });

  rule(`the ${LIMITS.undelivered}th undelivered lease makes the job dead`, async () => {
    const { clock, reserveOne, reap, drain } = await setup({ jobs: [aJob({ attempts: 2 })] });

    for (let time = 1; time <= LIMITS.undelivered; time++) {
      expect(await reserveOne()).toMatchObject({ attempt: time, spent: 0 });
      clock.advance(DELIVERY_LEASE_MS);
      await reap();
    }

    expect(await drain()).toEqual([]);
  });

  needing('listing')('a job that was never delivered is dead for that', async () => {
    const { clock, reserveOne, reap, look } = await setup({ jobs: [aJob({ attempts: 2 })] });

    for (let time = 1; time <= LIMITS.undelivered; time++) {
      await reserveOne();
      clock.advance(DELIVERY_LEASE_MS);
      await reap();
    }

    expect(await look()).toMatchObject({
      state: 'dead',
      undelivered: LIMITS.undelivered,
      spent: 0,
      reason: 'UNDELIVERED',
      atMs: clock.now(),
    });
  });

  rule(`the ${LIMITS.lostLeases}th lost lease makes the job dead, whatever its allowance`, async () => {
    const { clock, deliverOne, reap, drain } = await setup({ jobs: [aJob({ attempts: 0 })] });

    for (let time = 1; time <= LIMITS.lostLeases; time++) {
      const lease = await deliverOne();
      expect(lease).toMatchObject({ lostLeases: time - 1 });
      clock.advance(lease.leaseMs);
      await reap();
    }

    expect(await drain()).toEqual([]);
  });

  needing('listing')('a job that lost too many leases is dead for that, with its payload', async () => {
    const { loseOne, look } = await setup({ jobs: [aJob({ attempts: 0 })] });

    for (let time = 1; time <= LIMITS.lostLeases; time++) await loseOne();

    expect(await look()).toMatchObject({
      state: 'dead',
      lostLeases: LIMITS.lostLeases,
      reason: 'LEASE_LOST',
      payload: aJob().payload,
    });
  });

  rule('a lost lease that spends the last attempt makes the job dead', async () => {
    const { clock, deliverOne, reap, drain } = await setup({ jobs: [aJob({ attempts: 1 })] });

    clock.advance((await deliverOne()).leaseMs);

    expect(await reap()).toMatchObject({ moved: 1, ready: [], nextInMs: undefined });
    expect(await drain()).toEqual([]);
  });

  rule('a sign of life counts for its own lease only', async () => {
    const { clock, deliverOne, reserveOne, release, reap } = await setup({ jobs: [aJob()] });
    await release(await deliverOne(), { spend: false });
    await reserveOne();

    clock.advance(DELIVERY_LEASE_MS);
    await reap();

    expect(await reserveOne()).toMatchObject({ attempt: 3, lostLeases: 0, spent: 0 });
  });

  rule('what an owner that is gone holds comes back at once, what others hold stays', async () => {
    const { deliverOne, reserveOne, reap, reserve } = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    await deliverOne({ owner: 'dead' });
    await reserveOne({ owner: 'dead' });
    await reserveOne({ owner: 'alive' });

    const done = await reap([{ owner: 'dead', reason: 'exit 137' }]);

    expect(done).toMatchObject({ moved: 2, ready: [[TENANT, QUEUE]], nextInMs: DELIVERY_LEASE_MS });
    const back = [...(await reserve()).jobs, ...(await reserve()).jobs].sort((one, other) => (one.id < other.id ? -1 : 1));
    expect(back).toMatchObject([
      { id: 'a', lostLeases: 1, spent: 1 },
      { id: 'b', lostLeases: 0, spent: 0 },
    ]);
  });

  needing('listing')('a job that dies with its owner has the reason of the owner', async () => {
    const { deliverOne, reap, look } = await setup({ jobs: [aJob({ attempts: 1 })] });
    await deliverOne();

    await reap([
      { owner: 'somebody', reason: 'exit 1' },
      { owner: 'worker-1', reason: 'SIGSEGV' },
    ]);

    expect(await look()).toMatchObject({ state: 'dead', reason: 'SIGSEGV' });
  });

  rule('an owner named twice, or never heard of, loses nothing more', async () => {
    const { reserveOne, reap } = await setup({ jobs: [aJob()] });
    await reserveOne();
    const gone = { owner: 'worker-1', reason: 'exit 1' };

    expect(await reap([gone, gone, { owner: 'nobody', reason: '' }])).toMatchObject({ moved: 1 });

    expect(await reserveOne()).toMatchObject({ attempt: 2, spent: 0 });
  });

  rule('what an owner settled before is not touched when it goes', async () => {
    const { reserve, ack, reap, drain } = await setup({ jobs: someJobs(['a', 'b']) });
    const { jobs } = await reserve();
    await ack(jobs[0]!);

    expect(await reap([{ owner: 'worker-1', reason: 'exit 1' }])).toMatchObject({ moved: 1 });

    expect(await drain()).toEqual(['b']);
  });

  rule('leases that end sooner are taken back sooner', async () => {
    const { store, clock, reserve, reap, drain } = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    const { jobs } = await reserve();
    await store.extend(jobs.map((lease, at) => ({ ...refOf(lease), leaseMs: [300, 100, 200][at]! })));

    clock.advance(300);
    await reap([], 1);

    expect(await drain()).toEqual(['b']);
    await reap([], 1);
    expect(await drain()).toEqual(['c']);
  });

  rule('a sweep stops at its limit and says that more is due', async () => {
    const { clock, reserve, reap } = await setup({ jobs: someJobs(numbered(5)) });
    await reserve();

    clock.advance(DELIVERY_LEASE_MS);

    expect(await reap([], 3)).toMatchObject({ moved: 3, nextInMs: 0 });
    expect(await reap([], 3)).toMatchObject({ moved: 2, nextInMs: undefined });
  });

  rule('the limit holds for leases of gone owners as well', async () => {
    const { reserve, reap } = await setup({ jobs: someJobs(numbered(5)) });
    await reserve();
    const gone = [{ owner: 'worker-1', reason: 'exit 1' }];

    expect(await reap(gone, 4)).toMatchObject({ moved: 4, nextInMs: 0 });
    expect(await reap(gone, 4)).toMatchObject({ moved: 1 });
  });

  rule('a sweep of gone owners that was cut short goes on from its cursor until all is back', async () => {
    const { store, reserve, drain } = await setup({ jobs: someJobs(numbered(9)) });
    await reserve({ max: 4, owner: 'alive' });
    await reserve({ owner: 'dead' });
    const owners = [{ owner: 'dead', reason: 'exit 1' }];

    let [moved, cursor] = [0, ''];
    for (let sweeps = 0; sweeps < 20; sweeps++) {
      const done = await store.reap(0, 2, { owners, cursor });
      moved += done.moved;
      cursor = done.cursor;
      if (done.nextInMs !== 0) break;
    }

    expect(moved).toBe(5);
    expect(await drain()).toHaveLength(5);
  });

  rule('a sweep names each pair that has ready jobs because of it once', async () => {
    const { clock, reserve, reap } = await setup({
      jobs: [...someJobs(['a', 'b']), aJob({ id: 'c', queue: 'bulk' }), aJob({ tenant: 'globex' }), aJob({ tenant: 'initech' })],
    });
    await reserve({ wants: [aWant(), aWant({ queue: 'bulk' }), aWant({ tenant: 'globex' })] });

    clock.advance(DELIVERY_LEASE_MS);

    expect([...(await reap()).ready].sort()).toEqual([
      [TENANT, 'bulk'],
      [TENANT, QUEUE],
      ['globex', QUEUE],
    ]);
  });
}

import { expect } from 'vitest';
import { aJob, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, DELIVERY_LEASE_MS, NONCE } from '../setup.js';

export function reserveRules({ setup, rule, needing }: Kit): void {
  rule('a lease carries all that a worker needs', async () => {
    const given = aJob({ attempts: 7, leaseMs: 11, timeoutMs: 12, backoffMs: 13, backoffMaxMs: 14 });
    const { clock, reserveOne } = await setup({ jobs: [given] });

    expect(await reserveOne()).toEqual({
      tenant: TENANT,
      id: 'job-1',
      token: expect.stringMatching(new RegExp(`^[0-9a-f]{16}${NONCE}$`)),
      queue: QUEUE,
      name: 'HelloWorld',
      payload: given.payload,
      encoding: 'json',
      checksum: given.checksum,
      originQueue: QUEUE,
      attempt: 1,
      spent: 0,
      attempts: 7,
      lostLeases: 0,
      leaseMs: 11,
      timeoutMs: 12,
      backoffMs: 13,
      backoffMaxMs: 14,
      createdAtMs: clock.now(),
    });
  });

  needing('listing')('a reserve grants the short delivery lease to its owner', async () => {
    const { clock, reserve, look } = await setup({ jobs: [aJob()] });

    await reserve({ owner: 'worker-7', deliveryLeaseMs: 700 });

    expect(await look()).toMatchObject({ state: 'leased', owner: 'worker-7', atMs: clock.now() + 700, attempt: 1, spent: 0 });
  });

  rule('a leased job is not handed out again', async () => {
    const { reserveOne, drain } = await setup({ jobs: [aJob()] });
    await reserveOne();

    expect(await drain()).toEqual([]);
  });

  rule('jobs of a queue are handed out first in, first out', async () => {
    const { store, drain } = await setup({ jobs: someJobs(['c', 'a']) });
    await store.enqueue([aJob({ id: 'b' })]);

    expect(await drain()).toEqual(['c', 'a', 'b']);
  });

  needing('priorities')('a lower priority number goes first, and within one first in first out', async () => {
    const priorities = [9, 0, 5, 7, 2, 0, 8, 3, 9, 6, 1, 4];
    const { drain } = await setup({ jobs: priorities.map((priority, at) => aJob({ id: `${priority}-${at}`, priority })) });

    const inOrder = ['0-1', '0-5', '1-10', '2-4', '3-7', '4-11', '5-2', '6-9', '7-3', '8-6', '9-0', '9-8'];
    expect(await drain()).toEqual(inOrder);
  });

  rule('wants are served in the order given', async () => {
    const { drain } = await setup({ jobs: [aJob({ id: 'm' }), aJob({ id: 'b', queue: 'bulk' }), aJob({ id: 'n' })] });

    expect(await drain({ wants: [aWant({ queue: 'bulk' }), aWant()] })).toEqual(['b', 'm', 'n']);
  });

  rule('a want brings no more than its max, a reserve no more than its own', async () => {
    const { reserve } = await setup({ jobs: [...someJobs(['a', 'b', 'c']), ...someJobs(['d', 'e', 'f'], { queue: 'bulk' })] });

    const { jobs, left } = await reserve({ wants: [aWant({ max: 2 }), aWant({ queue: 'bulk' })], max: 4 });

    expect(jobs.map(({ id }) => id)).toEqual(['a', 'b', 'd', 'e']);
    expect(left).toEqual([1, 1]);
  });

  needing('priorities')('what is left counts all priorities', async () => {
    const { reserve } = await setup({ jobs: [aJob({ id: 'a' }), aJob({ id: 'b', priority: 9 }), aJob({ id: 'c', priority: 0 })] });

    expect((await reserve({ wants: [aWant({ max: 1 })] })).left).toEqual([2]);
  });

  rule('what is left of a queue that does not exist is 0', async () => {
    const { reserve } = await setup({ jobs: someJobs(['a', 'b', 'c']) });

    expect((await reserve({ wants: [aWant({ max: 1 }), aWant({ queue: 'none' })] })).left).toEqual([2, 0]);
  });

  rule('the same queue wanted twice brings the next jobs the second time', async () => {
    const { reserve } = await setup({ jobs: someJobs(['a', 'b', 'c']) });

    const { jobs, left } = await reserve({ wants: [aWant({ max: 1 }), aWant({ max: 1 })] });

    expect(jobs.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(left).toEqual([1, 1]);
  });

  rule('a reserve stops before its bytes run out, and what does not fit stays first', async () => {
    const jobs = [10, 20, 31, 1].map((bytes) => aJob({ id: `of-${bytes}`, payload: new Uint8Array(bytes) }));
    const { drain } = await setup({ jobs });

    expect(await drain({ maxBytes: 60 })).toEqual(['of-10', 'of-20']);
    expect(await drain({ maxBytes: 32 })).toEqual(['of-31', 'of-1']);
  });

  rule('bytes that ran out end the whole reserve', async () => {
    const { reserve } = await setup({
      jobs: [
        ...someJobs(['a', 'b'], { payload: new Uint8Array(10) }),
        aJob({ id: 'c', queue: 'bulk', payload: new Uint8Array(1) }),
      ],
    });

    const { jobs, left } = await reserve({ wants: [aWant(), aWant({ queue: 'bulk' })], maxBytes: 15 });

    expect(jobs.map(({ id }) => id)).toEqual(['a']);
    expect(left).toEqual([1, 1]);
  });

  rule('at least one job comes, however large it is', async () => {
    const { drain } = await setup({ jobs: someJobs(['a', 'b'], { payload: new Uint8Array(100) }) });

    expect(await drain({ maxBytes: 1 })).toEqual(['a']);
  });

  rule('a reserve sees nothing of other tenants of the shard', async () => {
    const { reserve } = await setup({ jobs: [aJob({ tenant: 'globex' })] });

    expect(await reserve()).toEqual({ jobs: [], left: [0] });
  });

  rule('a suspect that is first is handed out alone', async () => {
    const { reserve, loseOne } = await setup({
      jobs: [aJob({ id: 's' }), aJob({ id: 'n' }), aJob({ id: 'b', queue: 'bulk' })],
    });
    await loseOne();

    const { jobs, left } = await reserve({ wants: [aWant(), aWant({ queue: 'bulk' })] });

    expect(jobs).toMatchObject([{ id: 's', lostLeases: 1 }]);
    expect(left).toEqual([1, 1]);
  });

  rule('a suspect that is not first stays at the head, and the next want is served', async () => {
    const { drain, loseOne } = await setup({
      jobs: [aJob({ id: 's' }), aJob({ id: 'n' }), aJob({ id: 'b', queue: 'bulk' }), aJob({ id: 'm', queue: 'more' })],
    });
    await loseOne();

    const wants = [aWant({ queue: 'bulk' }), aWant(), aWant({ queue: 'more' })];

    expect(await drain({ wants })).toEqual(['b', 'm']);
    expect(await drain({ wants })).toEqual(['s']);
    expect(await drain({ wants })).toEqual(['n']);
  });

  rule('a job whose time to live ran out before its first start is expired instead of handed out', async () => {
    const { clock, reserve, drain } = await setup({ jobs: [aJob({ ttlMs: 1_000 }), aJob({ id: 'b' })] });

    clock.advance(1_000);

    expect((await reserve({ max: 1 })).jobs).toMatchObject([{ id: 'b' }]);
    expect(await drain()).toEqual([]);
  });

  needing('listing')('a job that a reserve found past its time to live is expired, without its payload', async () => {
    const { clock, drain, look } = await setup({ jobs: [aJob({ ttlMs: 1_000 })] });

    clock.advance(1_000);
    await drain();

    expect(await look()).toMatchObject({ state: 'expired', atMs: clock.now(), attempt: 0 });
    expect(await look()).not.toHaveProperty('payload');
  });

  rule('one millisecond before its time to live ends a job still starts', async () => {
    const { clock, drain } = await setup({ jobs: [aJob({ ttlMs: 1_000 })] });

    clock.advance(999);

    expect(await drain()).toEqual(['job-1']);
  });

  rule('a job that started once does not expire', async () => {
    const { clock, reserveOne, release, drain } = await setup({ jobs: [aJob({ ttlMs: 1_000 })] });
    await release(await reserveOne());

    clock.advance(5_000);

    expect(await drain()).toEqual(['job-1']);
  });

  rule('each delivery is a new attempt, however the last one ended', async () => {
    const { clock, reserveOne, release, reap } = await setup({ jobs: [aJob({ attempts: 0 })] });

    await release(await reserveOne(), { spend: false });
    expect(await reserveOne()).toMatchObject({ attempt: 2, spent: 0 });
    clock.advance(DELIVERY_LEASE_MS);
    await reap();

    expect(await reserveOne()).toMatchObject({ attempt: 3, spent: 0 });
  });
}

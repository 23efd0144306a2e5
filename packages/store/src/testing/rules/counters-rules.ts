import { LIMITS } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, DELIVERY_LEASE_MS, notZero, refOf } from '../setup.js';

export function countersRules({ setup, needing }: Kit): void {
  const rule = needing('counters');

  rule('what a job goes through is counted: enqueued, started, succeeded', async () => {
    const { store, reserveOne, ack, counted } = await setup();
    await store.enqueue([aJob(), aJob(), aJob({ payload: Uint8Array.of(1) })]);
    expect(await counted()).toEqual({ enqueued: 1 });

    const lease = await reserveOne();
    expect(await counted()).toEqual({ enqueued: 1, started: 1 });
    await ack(lease);
    await ack(lease);

    expect(await counted()).toEqual({ enqueued: 1, started: 1, succeeded: 1 });
  });

  needing('counters', 'delay')('a release that spends or says lost has failed, and is retried unless the job ends', async () => {
    const { reserveOne, release, promote, clock, counted } = await setup({ jobs: [aJob({ attempts: 3 })] });

    await release(await reserveOne(), { spend: false });
    expect(await counted()).toEqual({ enqueued: 1, started: 1 });
    await release(await reserveOne(), { delayMs: 5 });
    clock.advance(5);
    await promote();
    expect(await counted()).toEqual({ enqueued: 1, started: 2, failed: 1, retried: 1 });
    await release(await reserveOne(), { spend: false, lost: true });
    await release(await reserveOne());
    const last = await reserveOne();
    await release(last);
    await release(last);

    expect(await counted()).toEqual({ enqueued: 1, started: 5, failed: 4, retried: 3, dead: 1 });
  });

  rule('a bury has failed and is dead; revived it is neither new nor retried', async () => {
    const { store, reserveOne, bury, ack, counted } = await setup({ jobs: [aJob()] });
    await bury(await reserveOne());
    await store.revive(TENANT, ['job-1']);
    expect(await counted()).toEqual({ enqueued: 1, started: 1, failed: 1, dead: 1 });

    await ack(await reserveOne());

    expect(await counted()).toEqual({ enqueued: 1, started: 2, failed: 1, dead: 1, succeeded: 1 });
  });

  rule('a delivered lease that is reaped has failed, one nobody answered has not', async () => {
    const { store, clock, reserveOne, deliverOne, reap, counted } = await setup({
      jobs: someJobs(['a', 'b'], { leaseMs: DELIVERY_LEASE_MS, attempts: 2 }),
    });
    await deliverOne();
    await reserveOne();
    clock.advance(DELIVERY_LEASE_MS);
    await reap();
    expect(await counted()).toEqual({ enqueued: 2, started: 2, failed: 1, retried: 1 });

    await store.cancel(TENANT, ['b']);
    await deliverOne();
    await reap([{ owner: 'worker-1', reason: 'exit 1' }]);

    expect(await counted()).toEqual({ enqueued: 2, started: 3, failed: 2, retried: 1, cancelled: 1, dead: 1 });
  });

  rule('a job that is dead for being undelivered has not failed', async () => {
    const { reserveOne, reap, counted } = await setup({ jobs: [aJob()] });
    for (let time = 0; time < LIMITS.undelivered; time++) {
      await reserveOne();
      await reap([{ owner: 'worker-1', reason: 'exit 1' }]);
    }

    expect(await counted()).toEqual({ enqueued: 1, started: LIMITS.undelivered, dead: 1 });
  });

  rule('a cancel counts when the job becomes cancelled, not when a lease is flagged', async () => {
    const { store, reserve, release, ack, reap, counted } = await setup({ jobs: someJobs(['a', 'b', 'c', 'd']) });
    const { jobs } = await reserve({ max: 3 });
    await store.cancel(TENANT, ['a', 'b', 'c', 'd', 'd', 'none']);
    expect(await counted()).toEqual({ enqueued: 4, started: 3, cancelled: 1 });

    await release(jobs[0]!);
    await ack(jobs[1]!);
    await reap([{ owner: 'worker-1', reason: 'exit 1' }]);

    expect(await counted()).toEqual({ enqueued: 4, started: 3, cancelled: 3, failed: 1, succeeded: 1 });
  });

  rule('a job that expires counts once, found by a sweep or by a reserve', async () => {
    const { clock, promote, reserve, counted } = await setup({ jobs: [aJob({ id: 'a', ttlMs: 5 }), aJob({ id: 'b', ttlMs: 9 })] });
    clock.advance(5);
    await promote();
    clock.advance(5);
    await reserve();
    await promote();

    expect(await counted()).toEqual({ enqueued: 2, expired: 2 });
  });

  needing('counters', 'settings')(
    'a job that expires to elsewhere counts in the queue it left, and as dead where that is',
    async () => {
      const { clock, control, promote, reserveOne, ack, counted } = await setup({
        jobs: [aJob({ id: 'a', ttlMs: 5 }), aJob({ id: 'b', queue: 'bulk', ttlMs: 5 })],
      });
      await control({ expireTo: '*dead' });
      await control({ expireTo: 'late' }, 'bulk');
      clock.advance(5);
      await promote();

      expect(await counted()).toEqual({ enqueued: 1, expired: 1, dead: 1 });
      expect(await counted('bulk')).toEqual({ enqueued: 1, expired: 1 });
      expect(await counted('late')).toBeUndefined();
      await ack(await reserveOne({ wants: [aWant({ queue: 'late' })] }));
      expect(await counted('late')).toEqual({ started: 1, succeeded: 1 });
    },
  );

  needing('counters', 'limits')('what is dropped to make room is discarded, what is refused is not counted', async () => {
    const { store, control, counted } = await setup({ jobs: someJobs(['a', 'b']) });
    await control({ maxItems: 2 });
    await store.enqueue([aJob({ id: 'c' })]);
    expect(await counted()).toEqual({ enqueued: 2 });

    await control({ whenFull: 'drop-oldest' });
    await store.enqueue([aJob({ id: 'c' })]);

    expect(await counted()).toEqual({ enqueued: 3, discarded: 1 });
  });

  rule('counters are told by queue and name, each by itself, and only of the tenant', async () => {
    const { store } = await setup({
      jobs: [
        aJob({ id: 'a', queue: 'zebra', name: 'B' }),
        aJob({ id: 'b', queue: 'zebra', name: 'A' }),
        aJob({ id: 'c', queue: 'Alpha', name: 'B' }),
        aJob({ id: 'd', queue: 'zebra', name: 'A' }),
        aJob({ id: 'e', tenant: 'globex' }),
      ],
    });

    expect((await store.counters(TENANT)).map(({ queue, name, enqueued }) => [queue, name, enqueued])).toEqual([
      ['Alpha', 'B', 1],
      ['zebra', 'A', 2],
      ['zebra', 'B', 1],
    ]);
    expect(await store.counters('nobody')).toEqual([]);
    const zero = { started: 0, succeeded: 0, failed: 0, retried: 0, expired: 0, dead: 0, cancelled: 0, discarded: 0 };
    expect((await store.counters('globex'))[0]).toEqual({ queue: QUEUE, name: 'HelloWorld', ...zero, enqueued: 1 });
  });

  rule('a batch over several names counts each', async () => {
    const { store, reserve, counted } = await setup();
    await store.enqueue(numbered(6).map((id, nth) => aJob({ id, name: ['A', 'B', 'A', 'C', 'B', 'A'][nth]! })));
    const { jobs } = await reserve();
    await store.settle(
      jobs.map((lease, nth) => ({ ...refOf(lease), ...(nth === 0 ? { outcome: 'bury', reason: '' } : { outcome: 'ack' }) })),
    );

    expect(await counted(QUEUE, 'A')).toEqual({ enqueued: 3, started: 3, succeeded: 2, failed: 1, dead: 1 });
    expect(await counted(QUEUE, 'B')).toEqual({ enqueued: 2, started: 2, succeeded: 2 });
    expect(await counted(QUEUE, 'C')).toEqual({ enqueued: 1, started: 1, succeeded: 1 });
  });

  rule('counters stay when the jobs are forgotten', async () => {
    const { clock, reserveOne, ack, prune, counted } = await setup({ jobs: [aJob()] });
    await ack(await reserveOne());
    clock.advance(30 * 86_400_000);
    expect(await prune()).toMatchObject({ moved: 1 });

    expect(await counted()).toEqual({ enqueued: 1, started: 1, succeeded: 1 });
  });

  rule('the totals of a shard are of all its tenants together', async () => {
    const { store, reserve } = await setup({ jobs: [...someJobs(['a', 'b']), aJob({ tenant: 'globex' })] });
    await store.cancel(TENANT, ['b']);
    await reserve({ wants: [aWant(), aWant({ tenant: 'globex' })] });

    expect(notZero(await store.totals(0))).toEqual({ enqueued: 3, started: 2, cancelled: 1 });
  });

  rule('the totals of a shard without jobs are zeros', async () => {
    const { store } = await setup({ shards: 2 });

    expect(Object.values(await store.totals(1))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  rule(`beyond ${LIMITS.countedNames} names a tenant’s jobs are counted under no name`, async () => {
    const { store, reserve, counted } = await setup();
    const names = numbered(LIMITS.countedNames, 'Name');
    for (let from = 0; from < names.length; from += 500)
      await store.enqueue(names.slice(from, from + 500).map((name) => aJob({ id: name, name })));

    await store.enqueue([
      aJob({ id: 'x', name: 'X' }),
      aJob({ id: 'y', name: 'Y', queue: 'other' }),
      aJob({ id: 'n', name: 'Name1' }),
    ]);
    await store.enqueue([aJob({ tenant: 'globex' })]);
    await reserve({ max: 3_000, wants: [aWant({ max: 3_000 })] });

    expect(await counted(QUEUE, '')).toEqual({ enqueued: 1, started: 1 });
    expect(await counted('other', '')).toEqual({ enqueued: 1 });
    expect(await counted(QUEUE, 'Name1')).toEqual({ enqueued: 2, started: 2 });
    expect(await counted(QUEUE, 'X')).toBeUndefined();
    expect(await store.counters(TENANT)).toHaveLength(LIMITS.countedNames + 2);
    expect(await store.counters('globex')).toMatchObject([{ name: 'HelloWorld' }]);
    expect(notZero(await store.totals(0))).toEqual({ enqueued: LIMITS.countedNames + 4, started: LIMITS.countedNames + 2 });
  });
}

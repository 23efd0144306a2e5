import type { PurgeState } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { ManualClock } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { ackOf, openStore, ownRedis, QUEUE, redisUrl, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();

const purge = (store: JobStore, states: PurgeState[], limit = 1_000) => store.purge(TENANT, { queue: QUEUE, states, limit });

async function fill(store: JobStore, count: number, told = {}): Promise<void> {
  const jobs = someJobs(count, told);
  // in small batches: a large one leaves a large buffer that the server gives back when it likes
  for (let from = 0; from < count; from += 100) await store.enqueue(jobs.slice(from, from + 100));
}

test('a full server is purged, large payloads too, and then takes jobs again', async () => {
  const { url: own, admin } = await ownRedis();
  const store = await openStore(own, { shards: 1 });
  await fill(store, 1_000, { payload: new Uint8Array(2_000) });
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))![1]);
  await admin.config('SET', 'maxmemory', used - 500_000);
  await expect(store.enqueue(someJobs(1, { queue: 'other' }))).rejects.toMatchObject({ code: 'STORAGE_FULL' });

  expect(await purge(store, ['ready'], 600)).toEqual({ removed: 600, more: true });
  expect(await purge(store, ['scheduled', 'ready'])).toEqual({ removed: 400, more: false });

  expect(await admin.keys(`*:${TENANT}:{jobs,payloads,counts}`)).toEqual([]);
  expect((await admin.keys(`*:${TENANT}:*`)).filter((key) => /jobs|payloads|counts|ready/.test(key))).toEqual([]);
  expect((await store.enqueue(someJobs(1)))[0]?.code).toBe('OK');
}, 30_000);

test('finished jobs of one state are found behind thousands of another, and all others stay in their order', async () => {
  const clock = new ManualClock();
  const store = await openStore(url, { clock, shards: 1 });
  await fill(store, 12_000);
  const cancelled = [3, 5_500, 11_998, 11_999].map((at) => `job-${at}`);
  await store.cancel(TENANT, cancelled.slice(0, 1));
  for (let leases = await reserveSome(store, 500); leases.length > 0; leases = await reserveSome(store, 500)) {
    const [kept, dropped] = [leases.filter(({ id }) => !cancelled.includes(id)), leases.filter(({ id }) => cancelled.includes(id))];
    await store.cancel(
      TENANT,
      dropped.map(({ id }) => id),
    );
    await store.settle(
      dropped.map((lease) => ({
        ...ackOf(lease),
        outcome: 'release',
        delayMs: 0,
        spend: true,
        lost: false,
        head: false,
        reason: '',
      })),
    );
    await store.settle(kept.map(ackOf));
  }
  expect((await store.queues(TENANT))[0]).toMatchObject({ finished: 12_000, leased: 0, ready: 0 });

  expect(await purge(store, ['cancelled'], 3)).toEqual({ removed: 3, more: true });
  expect(await purge(store, ['expired', 'cancelled'], 2)).toEqual({ removed: 1, more: false });

  expect((await store.queues(TENANT))[0]).toMatchObject({ finished: 11_996 });
  expect((await store.find(TENANT, cancelled, { payload: false })).every((job) => job === null)).toBe(true);
  expect(await purge(store, ['completed'])).toEqual({ removed: 1_000, more: true });
  clock.advance(3_600_000);
  expect((await store.prune(0, 20_000)).moved).toBe(10_996);
  expect(await store.queues(TENANT)).toEqual([]);
}, 60_000);

test('an id that stands twice in a list, by an old place and its own, is purged once', async () => {
  const clock = new ManualClock();
  const store = await openStore(url, { clock, shards: 1, retention: { finishedMs: 0, finishedMax: 0 } });
  await fill(store, 10_100);
  await store.cancel(TENANT, ['job-10050']);
  clock.advance(60_000);
  await store.prune(0, 10);
  await store.enqueue(someJobs(10_051).slice(10_050));
  const late = someJobs(10_600).slice(10_100);
  await store.enqueue(late);

  let removed = 0;
  for (let more = true; more; ) {
    const purged = await purge(store, ['ready']);
    expect(purged.removed).toBeGreaterThan(0);
    removed += purged.removed;
    more = purged.more;
  }

  expect(removed).toBe(10_600);
  expect(await store.queues(TENANT)).toEqual([]);
  const left = await store.find(
    TENANT,
    late.map(({ id }) => id),
    { payload: false },
  );
  expect(left.filter((job) => job !== null)).toEqual([]);
}, 30_000);

import type { JobState } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { aJob, ManualClock } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { ackOf, openStore, ownRedis, QUEUE, redisUrl, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();

async function fill(store: JobStore, count: number): Promise<string[]> {
  const jobs = someJobs(count);
  for (let from = 0; from < count; from += 500) await store.enqueue(jobs.slice(from, from + 500));
  return jobs.map(({ id }) => id);
}

/** Ids of all pages; `between` runs after each. */
async function pages(store: JobStore, state: JobState, limit: number, between: (page: string[]) => Promise<unknown>) {
  const found: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await store.list(TENANT, { state, queue: QUEUE, cursor, limit, payload: false });
    found.push(...page.jobs.map(({ id }) => id));
    cursor = page.cursor;
    if (cursor === '') return found;
    await between(page.jobs.map(({ id }) => id));
  }
}

test('ready jobs that are handed out while somebody pages hide none of those behind them', async () => {
  const store = await openStore(url, { shards: 1, clock: new ManualClock() });
  const ids = await fill(store, 1_000);
  let reserved = 0;

  const found = await pages(store, 'ready', 100, async () => {
    reserved += (await reserveSome(store, 70)).length;
  });

  expect(reserved).toBe(630);
  expect(found).toEqual(ids);
});

test('leases that are extended or settled while somebody pages hide none of the others, though all end together', async () => {
  const store = await openStore(url, { shards: 1, clock: new ManualClock() });
  const ids = (await fill(store, 1_000)).sort();
  const leases = new Map((await reserveSome(store, 1_000)).map((lease) => [lease.id, lease]));

  const found = await pages(store, 'leased', 100, async (page) =>
    store.settle(page.slice(0, 50).map((id) => ackOf(leases.get(id)!))),
  );

  expect(found).toEqual(ids);
});

test('finished jobs that are pruned while somebody pages hide none of those that stay', async () => {
  const clock = new ManualClock();
  const store = await openStore(url, { shards: 1, clock, retention: { finishedMs: 60_000 } });
  const ids = await fill(store, 600);
  for (const lease of await reserveSome(store, 600)) {
    await store.settle([ackOf(lease)]);
    clock.advance(100);
  }

  const found = await pages(store, 'completed', 50, async () => {
    clock.advance(3_000);
    await store.prune(0, 1_000);
  });

  expect(found).toEqual(ids);
});

test('a page looks at a bounded number of jobs, and a large payload ends it', async () => {
  const { url: own, admin } = await ownRedis();
  const store = await openStore(own, { shards: 1, clock: new ManualClock() });
  await fill(store, 3_000);
  await store.settle((await reserveSome(store, 3_000)).map(ackOf));
  await admin.config('RESETSTAT');

  const query = { state: 'cancelled' as const, queue: QUEUE, cursor: '', limit: 100, payload: false };
  const page = await store.list(TENANT, query);

  expect([page.jobs, page.cursor === '']).toEqual([[], false]);
  // Records are read a hundred at a time.
  expect(Number(/cmdstat_hmget:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1])).toBeLessThanOrEqual(5);

  const large = Array.from({ length: 9 }, (_, at) => aJob({ id: `large-${at}`, queue: 'bulk', payload: new Uint8Array(100_000) }));
  await store.enqueue(large);
  const peek = await store.list(TENANT, { state: 'ready', queue: 'bulk', cursor: '', limit: 100, payload: true });
  expect([peek.jobs.length, peek.cursor === '']).toEqual([6, false]);
  expect(peek.jobs[0]?.payload).toHaveLength(100_000);
});

test('queues of a tenant are told with those that only have settings, each paused by itself or its tenant', async () => {
  const store = await openStore(url, { shards: 4, clock: new ManualClock() });
  await store.enqueue([aJob({ queue: 'b' }), aJob({ tenant: 'globex', queue: 'other' })]);
  await store.control(TENANT, 'a', { set: { paused: true }, clear: [] });
  await store.control(TENANT, 'c', { set: { attempts: 3 }, clear: [] });

  expect((await store.queues(TENANT)).map(({ queue, ready, paused }) => [queue, ready, paused])).toEqual([
    ['a', 0, true],
    ['b', 1, false],
    ['c', 0, false],
  ]);
  await store.control(TENANT, '', { set: { paused: true }, clear: [] });
  expect((await store.queues(TENANT)).map(({ paused }) => paused)).toEqual([true, true, true]);
});

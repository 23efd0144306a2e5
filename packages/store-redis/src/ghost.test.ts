import { ManualClock } from '@tiercel/store/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, freshNamespace, openStore, QUEUE, redisUrl, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();
/** A list longer than a cancel searches through. */
const LONG = 10_500;
const KEEP_MS = 60_000;

const JOBS = someJobs(LONG);

async function setup() {
  const [namespace, clock] = [freshNamespace(), new ManualClock()];
  const store = await openStore(url, { namespace, shards: 1, clock, retention: { finishedMs: 0, finishedMax: 0 } });
  const redis = new Redis(url);
  onTestFinished(() => void redis.disconnect());
  for (let from = 0; from < LONG; from += 500) await store.enqueue(JOBS.slice(from, from + 500));
  const ready = async () => (await store.backlog(0, { queue: QUEUE, limit: 1 }))[0]?.ready ?? 0;
  return {
    store,
    clock,
    ready,
    listed: () => redis.llen(`tiercel:{${namespace}:0}:${TENANT}:${QUEUE}:ready5`),
    /** Ids of all that is ready, leased and done. */
    async drain(): Promise<string[]> {
      const ids: string[] = [];
      while ((await ready()) > 0) {
        const leases = await reserveSome(store, 500);
        ids.push(...leases.map(({ id }) => id));
        await store.settle(leases.map(ackOf));
      }
      return ids;
    },
  };
}

test('what is cancelled in a long list is not counted, never handed out, and leaves with the last of the others', async () => {
  const { store, ready, listed, drain } = await setup();
  const cancelled = ['job-0', 'job-5000', `job-${LONG - 1}`];

  await store.cancel(TENANT, cancelled);

  expect(await ready()).toBe(LONG - 3);
  expect(await listed()).toBe(LONG);
  const ids = await drain();
  expect(ids).toEqual(JOBS.flatMap(({ id }) => (cancelled.includes(id) ? [] : [id])));
  expect(await listed()).toBe(0);
});

test('an id that is used again while it still stands in the list is handed out once', async () => {
  const { store, clock, ready, drain } = await setup();
  await store.cancel(TENANT, ['job-7']);
  clock.advance(KEEP_MS);
  expect((await store.prune(0, 100)).moved).toBe(1);

  const verdicts = await store.enqueue(JOBS.slice(7, 8));

  expect(verdicts).toEqual([{ code: 'OK', state: 'ready' }]);
  expect(await ready()).toBe(LONG);
  const ids = await drain();
  expect(ids).toHaveLength(LONG);
  expect(new Set(ids).size).toBe(LONG);
});

test('an id that is used again in another queue is not handed out from the old one', async () => {
  const { store, clock, drain } = await setup();
  await store.cancel(TENANT, ['job-7']);
  clock.advance(KEEP_MS);
  await store.prune(0, 100);

  await store.enqueue(someJobs(8, { queue: 'bulk' }).slice(7));

  expect(await drain()).toHaveLength(LONG - 1);
  expect(await store.backlog(0, { queue: 'bulk', limit: 1 })).toEqual([{ tenant: TENANT, queue: 'bulk', ready: 1 }]);
});

test('one reserve passes over a thousand cancelled jobs at most, and the next goes on from there', async () => {
  const { store, ready } = await setup();
  const ids = JOBS.slice(0, 1_500).map(({ id }) => id);
  await store.cancel(TENANT, ids);

  const [first, second] = [await reserveSome(store, 1), await reserveSome(store, 1)];

  expect(first).toEqual([]);
  expect(second.map(({ id }) => id)).toEqual(['job-1500']);
  expect(await ready()).toBe(LONG - 1_501);
});

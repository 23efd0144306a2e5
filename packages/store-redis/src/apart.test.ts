import { ManualClock } from '@tiercel/store/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, freshNamespace, openStore, redisUrl, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();
const LARGE = new Uint8Array(100_000).fill(7);

const isLarge = (payload: Uint8Array | undefined): boolean => payload !== undefined && Buffer.compare(payload, LARGE) === 0;

async function setup() {
  const [namespace, clock] = [freshNamespace(), new ManualClock()];
  const store = await openStore(url, { namespace, shards: 1, clock, retention: { deadMs: 0, deadMax: 0 } });
  const redis = new Redis(url);
  onTestFinished(() => void redis.disconnect());
  const base = `tiercel:{${namespace}:0}:${TENANT}`;
  await store.enqueue(someJobs(2, { payload: LARGE }));
  return {
    store,
    clock,
    /** Bytes of the record of the first job, and how many payloads are kept beside records. */
    kept: async () => [await redis.hstrlen(`${base}:jobs`, 'job-0'), await redis.hlen(`${base}:payloads`)],
  };
}

test('a large payload is kept beside its record, so that an extend does not write it again', async () => {
  const { store, kept } = await setup();

  const leases = await reserveSome(store);
  await store.extend(leases.map((lease) => ({ ...lease, leaseMs: 1_000 })));

  expect(leases.map(({ payload }) => isLarge(payload))).toEqual([true, true]);
  expect(await kept()).toEqual([expect.toSatisfy((bytes) => bytes < 200), 2]);
});

test('it goes when the job is completed or cancelled, and of a dead job when that is forgotten', async () => {
  const { store, clock, kept } = await setup();
  const [first, second] = await reserveSome(store);

  await store.settle([
    { ...ackOf(first!), result: new Uint8Array(5) },
    { ...ackOf(second!), outcome: 'bury', reason: 'bad' },
  ]);
  expect((await kept())[1]).toBe(1);
  const [dead] = await store.find(TENANT, ['job-1'], { payload: true });
  expect([dead?.state, isLarge(dead?.payload)]).toEqual(['dead', true]);

  clock.advance(60_000);
  await store.prune(0, 10);
  expect((await kept())[1]).toBe(0);

  await store.enqueue(someJobs(3, { payload: LARGE }).slice(2));
  await store.cancel(TENANT, ['job-2']);
  expect((await kept())[1]).toBe(0);
});

test('its bytes count for what a reserve may hand out', async () => {
  const { store } = await setup();
  const wants = [{ tenant: TENANT, queue: 'mail', max: 10 }];

  const { jobs, left } = await store.reserve({
    shard: 0,
    wants,
    max: 10,
    maxBytes: 150_000,
    deliveryLeaseMs: 5_000,
    owner: 'worker-1',
    nonce: '00c0ffee',
  });

  expect(jobs.map(({ id }) => id)).toEqual(['job-0']);
  expect(left).toEqual([1]);
});

import type { LeasedJob } from '@tiercel/protocol';
import type { GoneOwners, JobStore } from '@tiercel/store';
import { ManualClock } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { openStore, ownRedis, redisUrl, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();
/** Leases that one call may look at. */
const LOOKS = 5_000;
const OWNERS = [{ owner: 'gone', reason: 'killed' }];

async function lease(store: JobStore, queue: string, count: number, owner: string): Promise<readonly LeasedJob[]> {
  const jobs: LeasedJob[] = [];
  for (let from = 0; from < count; from += 500) {
    const some = someJobs(Math.min(500, count - from), { queue }).map((job) => ({
      ...job,
      id: `${owner}-${queue}-${from}-${job.id}`,
    }));
    await store.enqueue(some);
    const wants = [{ tenant: TENANT, queue, max: 500 }];
    const request = { shard: 0, wants, max: 500, maxBytes: 1 << 20, deliveryLeaseMs: 5_000, owner, nonce: '00c0ffee' };
    jobs.push(...(await store.reserve(request)).jobs);
  }
  expect(jobs).toHaveLength(count);
  return jobs;
}

/** Reaps until it is told that all was looked at. Returns how many each call took back. */
async function reapAll(store: JobStore, limit: number, between: () => Promise<unknown> = async () => {}): Promise<number[]> {
  const moved: number[] = [];
  let gone: GoneOwners = { owners: OWNERS, cursor: '' };
  for (;;) {
    const reaped = await store.reap(0, limit, gone);
    moved.push(reaped.moved);
    if (reaped.nextInMs !== 0) {
      expect(reaped.cursor).toBe('');
      return moved;
    }
    gone = { ...gone, cursor: reaped.cursor };
    await between();
  }
}

test('the leases of a gone owner are looked for among those of others a bounded number a call', async () => {
  const { url: own, admin } = await ownRedis();
  const store = await openStore(own, { clock: new ManualClock(), shards: 1 });
  for (let queue = 0; queue < 4; queue++) await lease(store, `q${queue}`, 5_000, 'living');
  await lease(store, 'q3', 1, 'gone');
  const looked: number[] = [];
  await admin.config('RESETSTAT');

  const moved = await reapAll(store, 500, async () => {
    looked.push(await recordsRead(admin));
    await admin.config('RESETSTAT');
  });

  expect(moved.reduce((sum, some) => sum + some)).toBe(1);
  expect(looked.length).toBeGreaterThanOrEqual(20_000 / LOOKS);
  // HMGET is called with 500 ids at most.
  expect(Math.max(...looked) * 500).toBeLessThanOrEqual(LOOKS + 4 * 500);
}, 60_000);

/** How often records were read, in batches. */
async function recordsRead(admin: { info(section: string): Promise<string> }): Promise<number> {
  return Number(/cmdstat_hmget:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);
}

test('all that a gone owner holds comes back over several calls, however many end together and whoever comes and goes', async () => {
  const clock = new ManualClock();
  const store = await openStore(url, { clock, shards: 1 });
  const others = await lease(store, 'many', 4_000, 'early');
  await lease(store, 'many', 7_000, 'gone');
  for (let queue = 0; queue < 200; queue++) await lease(store, `q${queue}`, 2, 'gone');
  let [settled, rounds] = [0, 0];

  const moved = await reapAll(store, 1_000, async () => {
    // Ranks shift while it goes on.
    const some = others.slice(settled, settled + 300);
    settled += some.length;
    await store.settle(some.map((one) => ({ ...one, outcome: 'ack' })));
    await lease(store, `other${++rounds}`, 3, 'living');
  });

  expect(moved.reduce((sum, some) => sum + some)).toBe(7_400);
  expect(Math.max(...moved)).toBe(1_000);
  const left = (await store.queues(TENANT)).reduce((sum, queue) => sum + queue.leased, 0);
  expect(left).toBe(4_000 - settled + 3 * (moved.length - 1));
}, 60_000);

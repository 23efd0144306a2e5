import { shardOf } from '@tiercel/store';
import { aJob, aReserve, describeJobStore } from '@tiercel/store/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { clusterOpener, describeOnCluster, stormOver, type TestCluster } from './cluster.test.kit.js';
import { ackOf, freshNamespace, openStore } from './redis.test.kit.js';
import { shardBase } from './shard-caller.js';

describeOnCluster('on a cluster, while one slot moves back and forth and primaries hand over', (cluster) => {
  let slot: number | undefined;
  let storm: ReturnType<typeof stormOver>;
  beforeAll(() => {
    storm = stormOver(cluster, () => slot);
  });
  afterAll(async () => {
    await storm.end();
    expect(storm.seen.moves).toBeGreaterThan(20);
    expect(storm.seen.failovers).toBeGreaterThan(0);
  });

  const open = clusterOpener(cluster, (latest) => {
    slot = latest;
  });
  describeJobStore('Redis Cluster', open, { driver: 'redis' });
});

const TENANTS = Array.from({ length: 64 }, (_, at) => `tenant-${at}`);
const ROUNDS = 20;

describeOnCluster('64 tenants on a cluster', (cluster) => {
  test('are kept on all its primaries, and each job is done once while a slot moves and primaries hand over', async () => {
    const namespace = freshNamespace();
    const store = await openStore(cluster.url, { namespace });
    const slot = await cluster.slotOf(shardBase(namespace, shardOf(TENANTS[0]!, store.shards)));
    const storm = stormOver(cluster, () => slot);
    onTestFinished(() => storm.end().catch(() => {}));
    const [accepted, done] = [new Set<string>(), new Map<string, number>()];

    async function enqueueRound(round: number): Promise<void> {
      const jobs = TENANTS.map((tenant) => aJob({ tenant, id: `${tenant}-${round}` }));
      const verdicts = await store.enqueue(jobs);
      for (const [at, { code }] of verdicts.entries()) if (code === 'OK') accepted.add(jobs[at]!.id);
    }

    async function workOff(tenant: string): Promise<void> {
      const request = aReserve(store, { wants: [{ tenant, queue: 'mail', max: 100 }] });
      const { jobs } = await store.reserve(request).catch(() => ({ jobs: [] }));
      const codes = await store.settle(jobs.map(ackOf));
      for (const [at, code] of codes.entries()) {
        expect([code, jobs[at]!.attempt]).toEqual(['OK', 1]);
        done.set(jobs[at]!.id, (done.get(jobs[at]!.id) ?? 0) + 1);
      }
    }

    await enqueueRound(0);
    expect(await tenantsByPrimary(cluster, namespace)).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    for (let round = 1; round < ROUNDS || storm.seen.failovers < 2; round++) {
      await enqueueRound(round);
      await Promise.all(TENANTS.map(workOff));
    }
    await storm.end();
    await Promise.all(TENANTS.map(workOff));

    expect(accepted.size).toBeGreaterThanOrEqual(ROUNDS * TENANTS.length);
    expect(new Set(done.keys())).toEqual(accepted);
    expect(new Set(done.values())).toEqual(new Set([1]));
    expect(storm.seen.moves).toBeGreaterThan(20);
  });
});

/** How many tenants each primary holds jobs of; those with none are left out. */
async function tenantsByPrimary(cluster: TestCluster, namespace: string): Promise<number[]> {
  const { primaries } = await cluster.topology();
  const keys = await Promise.all(
    primaries.map((each) => cluster.admin(Number(each.split(':')[1])).keys(`tiercel:{${namespace}:*:jobs`)),
  );
  return keys.map(({ length }) => length).filter((count) => count > 0);
}

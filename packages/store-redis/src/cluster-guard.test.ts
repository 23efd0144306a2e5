import { silentLog } from '@tiercel/actors';
import { DEFAULT_RETENTION } from '@tiercel/store';
import { eventually } from '@tiercel/test-support';
import { Cluster } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { type Call, guardOf } from './caller.js';
import { describeOnCluster, type TestCluster } from './cluster.test.kit.js';
import { readLibrary } from './library.js';
import { openRedisStore } from './open-redis-store.js';
import { freshNamespace, someJobs, TENANT } from './redis.test.kit.js';
import { redisStore } from './redis-store.js';
import { shardBase, shardCaller } from './shard-caller.js';

/** Calls like a client library or a proxy does that follows an ASK by itself. */
async function follower(cluster: TestCluster, keysOf: (base: string) => string[]): Promise<Call> {
  const [library, client] = [
    await readLibrary(),
    new Cluster(cluster.nodes.primaries.map(({ port }) => ({ host: '127.0.0.1', port }))),
  ];
  onTestFinished(() => client.disconnect());
  return (verb, base, args) => {
    const keys = keysOf(base);
    return client.callBuffer('FCALL', library.functionOf(verb), keys.length, ...keys, ...args);
  };
}

/** Five jobs are there, their slot begins to move, and a follower enqueues a sixth. What was acknowledged, and what is there in the end. */
async function enqueueWhileMoving(cluster: TestCluster, keysOf: (base: string) => string[]) {
  const namespace = freshNamespace();
  const store = await openRedisStore({ url: cluster.url, namespace, shards: 1, log: silentLog });
  onTestFinished(() => store.close());
  const jobs = someJobs(6);
  await store.enqueue(jobs.slice(0, 5));
  const [call, clock] = [await follower(cluster, keysOf), undefined];
  const parts = { shards: 1, status: () => store.status, close: async () => {} };
  const other = redisStore({ ...parts, caller: shardCaller({ namespace, call, clock, retention: DEFAULT_RETENTION }) });

  const move = await cluster.beginMove(await cluster.slotOf(shardBase(namespace, 0)));
  await move.to.config('RESETSTAT');
  let answered = false;
  const sixth = other.enqueue(jobs.slice(5)).finally(() => {
    answered = true;
  });
  await eventually(async () => answered || (await move.to.info('errorstats')).includes('TRYAGAIN'));
  const tooSoon = answered;
  while ((await move.keys({ replace: true })) > 0);
  await move.end();

  const verdicts = await sixth;
  const ids = jobs.map(({ id }) => id);
  const found = await store.find(TENANT, ids, { payload: false });
  return { tooSoon, code: verdicts[0]!.code, lost: ids.filter((_, at) => found[at] === null) };
}

describeOnCluster('who follows an ASK while a slot moves', (cluster) => {
  test('waits until it has moved, and loses nothing', async () => {
    const seen = await enqueueWhileMoving(cluster, (base) => [base, guardOf(base)]);

    expect(seen).toEqual({ tooSoon: false, code: 'OK', lost: [] });
  });

  test('would lose an acknowledged job without the second key', async () => {
    const seen = await enqueueWhileMoving(cluster, (base) => [base]);

    expect(seen).toEqual({ tooSoon: true, code: 'OK', lost: ['job-5'] });
  });
});

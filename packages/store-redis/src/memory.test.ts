import { realClock, realRandom, uuidV7 } from '@tiercel/actors';
import { type JobStore, shardOf } from '@tiercel/store';
import { aJob, ManualClock } from '@tiercel/store/testing';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { ackOf, openStore, ownRedis, QUEUE, reserveSome, TENANT } from './redis.test.kit.js';

const JOBS = 100_000;
const BATCH = 500;
/** What a waiting job may cost, its payload of 200 bytes included. */
const BYTES_PER_JOB = 400;

test(`${JOBS} waiting jobs of 200 bytes take at most ${BYTES_PER_JOB} bytes each, and forgotten ones nothing`, async () => {
  const { url, admin } = await ownRedis();
  const clock = new ManualClock();
  const store = await openStore(url, { clock, retention: { finishedMs: 0, finishedMax: 0 } });
  const emptyBytes = await usedBytes(admin);

  for (let stored = 0; stored < JOBS; stored += BATCH) await store.enqueue(someWaiting(BATCH));
  const bytesPerJob = ((await usedBytes(admin)) - emptyBytes) / JOBS;
  console.log(`Redis memory per waiting 200-byte job: ${bytesPerJob.toFixed(1)} bytes`);
  expect(bytesPerJob).toBeLessThanOrEqual(BYTES_PER_JOB);

  expect(await finishAll(store)).toBe(JOBS);
  clock.advance(60_000);
  expect(await forgetAll(store)).toBe(JOBS);
  const left = (await admin.keys('*')).map((key) => key.replace(/.*}:/, ''));
  expect(left.sort()).toEqual([`${TENANT}:counters`, 'installation', 'meta', 'tenants', 'totals']);
}, 120_000);

const someWaiting = (count: number) =>
  Array.from({ length: count }, () =>
    aJob({
      id: uuidV7(realClock, realRandom),
      tenant: TENANT,
      queue: QUEUE,
      name: 'HelloWorld',
      payload: new Uint8Array(200),
      timeoutMs: 30_000,
    }),
  );

async function finishAll(store: JobStore): Promise<number> {
  let finished = 0;
  for (let leases = await reserveSome(store, BATCH); leases.length > 0; leases = await reserveSome(store, BATCH)) {
    finished += (await store.settle(leases.map(ackOf))).filter((code) => code === 'OK').length;
  }
  return finished;
}

/** Sweeps leave nothing behind that says something is due. */
async function forgetAll(store: JobStore): Promise<number> {
  const shard = shardOf(TENANT, store.shards);
  let forgotten = 0;
  for (let moved = -1; moved !== 0; forgotten += moved) ({ moved } = await store.prune(shard, 5_000));
  expect(await store.reap(shard, 1)).toMatchObject({ moved: 0, ready: [], nextInMs: undefined });
  return forgotten;
}

const usedBytes = async (admin: Redis): Promise<number> => Number(/used_memory:(\d+)/.exec(await admin.info('memory'))![1]);

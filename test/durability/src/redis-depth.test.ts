import { createHub, createSystem, realClock, realRandom, silentLog } from '@tiercel/actors';
import { createBroker, DEFAULT_BOUNDS } from '@tiercel/broker';
import { type JobStore, shardOf } from '@tiercel/store';
import { aReserve, ManualClock } from '@tiercel/store/testing';
import { openRedisStore } from '@tiercel/store-redis';
import { eventually, startRedis } from '@tiercel/test-support';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { aPlainJob, fill, reserving } from './filling.js';
import { interleaved, type Latency } from './latency.js';
import { startPinger } from './pinger.js';
import type { Pings } from './pinger-process.js';

/** How many jobs are ready, and how many scheduled: `TIERCEL_DEPTH`, 50,000 by default. A million of each take 1 GB. */
const DEPTH = Number(process.env.TIERCEL_DEPTH || 50_000);
const SHALLOW = 1_000;
const SAMPLES = 2_000;
/** Of sweeps that find nothing: they take so little that more of them have to be seen. */
const SWEEPS = 4_000;
const HOUR_MS = 3_600_000;
const LONGEST_WAIT_MS = 50;
const SHARDS = 16;
const IDLE_TENANTS = 10_000;

const server = await startRedis({ config: 'appendonly no' });
afterAll(() => server.stop());
const clock = new ManualClock();
const [deep, shallow] = [await open('deep', 1), await open('shallow', 1)];

async function open(namespace: string, shards: number): Promise<JobStore> {
  const store = await openRedisStore({ url: server.url, namespace, shards, clock, log: silentLog });
  afterAll(() => store.close());
  return store;
}

const ms = (latency: Latency) => `p50 ${latency.p50.toFixed(3)} ms, p99 ${latency.p99.toFixed(3)} ms`;
const ratio = (one: Latency, other: Latency) => ({ p50: one.p50 / other.p50, p99: one.p99 / other.p99 });
const times = ({ p50, p99 }: Latency) => `p50 × ${p50.toFixed(2)}, p99 × ${p99.toFixed(2)}`;

test(`a reserve is as fast with ${DEPTH} ready and ${DEPTH} scheduled jobs as with ${SHALLOW}`, async () => {
  for (const [store, count] of [
    [deep, DEPTH],
    [shallow, SHALLOW],
  ] as const) {
    await fill(store, count);
    await fill(store, count, { delayMs: HOUR_MS });
  }

  const [atDepth, atSurface] = (await interleaved(server, SAMPLES, [reserving(deep), reserving(shallow)])) as [Latency, Latency];

  const found = ratio(atDepth, atSurface);
  console.log(`reserve at ${DEPTH} + ${DEPTH}: ${ms(atDepth)}; at ${SHALLOW} + ${SHALLOW}: ${ms(atSurface)}; ${times(found)}`);
  expect(found.p50).toBeLessThanOrEqual(1.2);
  expect(found.p99).toBeLessThanOrEqual(1.5);
});

test(`a broker promotes ${DEPTH} due jobs of ${SHARDS} shards, and nobody waits over ${LONGEST_WAIT_MS} ms meanwhile`, async () => {
  const [due, pinger] = [await open('due', SHARDS), await startPinger(server)];
  onTestFinished(() => pinger.stop());
  const tenants = tenantOfEachShard();
  for (const tenant of tenants) await fill(due, DEPTH / SHARDS, { tenant, delayMs: HOUR_MS });
  await startBroker(due);
  await pinger.lap();
  await busy(shallow);
  const before = await pinger.lap();

  clock.advance(HOUR_MS);
  const begun = performance.now();
  await eventually(async () => (await waiting(due, tenants)).scheduled === 0, { withinMs: 15 * 60_000 });
  const seconds = (performance.now() - begun) / 1_000;
  const during = await pinger.lap();

  console.log(`${DEPTH} jobs were promoted in ${seconds.toFixed(1)} s; pings beside it: ${told(during)}; before: ${told(before)}`);
  expect(await waiting(due, tenants)).toEqual({ scheduled: 0, ready: DEPTH });
  expect(during.count).toBeGreaterThan(20);
  expect(during.maxServed).toBeLessThanOrEqual(LONGEST_WAIT_MS);
});

/** A broker that nobody asks for anything: it sweeps. */
async function startBroker(store: JobStore): Promise<void> {
  const system = createSystem({
    name: 'broker',
    transport: createHub().connect('broker'),
    clock: realClock,
    random: realRandom,
    log: silentLog,
  });
  const broker = await createBroker({ system, store, namespace: 'due', name: 'broker', clock: realClock, log: silentLog });
  onTestFinished(() => broker.stop());
}

async function waiting(store: JobStore, tenants: readonly string[]): Promise<{ scheduled: number; ready: number }> {
  const queues = (await Promise.all(tenants.map((tenant) => store.queues(tenant)))).flat();
  const sum = (of: 'scheduled' | 'ready') => queues.reduce((total, queue) => total + queue[of], 0);
  return { scheduled: sum('scheduled'), ready: sum('ready') };
}

const told = ({ count, p50, p99, max, maxServed }: Pings) =>
  `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, longest ${max.toFixed(1)} ms, the server at work for ${maxServed.toFixed(1)} ms of it at most (${count} pings)`;

function tenantOfEachShard(): string[] {
  const tenants = new Map<number, string>();
  for (let at = 0; tenants.size < SHARDS; at++) tenants.set(shardOf(`tenant-${at}`, SHARDS), `tenant-${at}`);
  return Array.from({ length: SHARDS }, (_, shard) => tenants.get(shard)!);
}

/** What a ping waits beside small batches. */
async function busy(store: JobStore): Promise<void> {
  const { act, after } = reserving(store);
  for (let nth = 0; nth < SAMPLES; nth++) await after(await act());
}

test(`${IDLE_TENANTS} idle tenants change neither a reserve nor a sweep`, async () => {
  const [crowded, lonely] = [await open('crowded', SHARDS), await open('lonely', SHARDS)];
  await workOff(
    crowded,
    Array.from({ length: IDLE_TENANTS }, (_, at) => `tenant-${at}`),
  );
  for (const store of [crowded, lonely]) await fill(store, SHALLOW);

  const reserve = (await interleaved(server, SAMPLES, [reserving(crowded), reserving(lonely)])) as [Latency, Latency];
  const sweep = (await interleaved(server, SWEEPS, [sweeping(crowded), sweeping(lonely)])) as [Latency, Latency];

  for (const [what, [one, other]] of [
    ['reserve', reserve],
    ['sweep', sweep],
  ] as const) {
    console.log(`${what} beside ${IDLE_TENANTS} idle tenants: ${ms(one)}; beside none: ${ms(other)}; ${times(ratio(one, other))}`);
    expect(ratio(one, other).p50).toBeLessThanOrEqual(1.2);
    expect(ratio(one, other).p99).toBeLessThanOrEqual(1.5);
  }
});

/** The sweeps of one shard, the next one each time. */
function sweeping(store: JobStore) {
  const limit = DEFAULT_BOUNDS.sweepLimit;
  let turn = 0;
  return {
    act() {
      const shard = turn++ % store.shards;
      return Promise.all([store.promote(shard, limit), store.reap(shard, limit), store.prune(shard, limit)]);
    },
    after: async () => {},
  };
}

/** Each of these tenants has had a job, which is done and forgotten. */
async function workOff(store: JobStore, tenants: readonly string[]): Promise<void> {
  for (let shard = 0; shard < store.shards; shard++) {
    const here = tenants.filter((tenant) => shardOf(tenant, store.shards) === shard);
    await store.enqueue(here.map((tenant) => aPlainJob({ tenant })));
    const wants = here.map((tenant) => ({ tenant, queue: 'mail', max: 1 }));
    const { jobs } = await store.reserve(aReserve(store, { wants, max: wants.length }));
    expect(jobs).toHaveLength(here.length);
    await store.settle(jobs.map(({ tenant, id, token }) => ({ tenant, id, token, outcome: 'ack' })));
    clock.advance(2 * HOUR_MS);
    expect((await store.prune(shard, 10_000)).moved).toBe(here.length);
  }
}

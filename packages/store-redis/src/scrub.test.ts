import type { Settlement } from '@tiercel/protocol';
import type { JobStore, Mended, TenantJob } from '@tiercel/store';
import { ManualClock } from '@tiercel/store/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { readLibrary } from './library.js';
import {
  ackOf,
  freshNamespace,
  openStore,
  ownRedis,
  QUEUE,
  redisUrl,
  refusal,
  reserveSome,
  someJobs,
  TENANT,
} from './redis.test.kit.js';

const url = await redisUrl();
const NOTHING: Mended = { lost: 0, stray: 0, counts: 0, quarantined: 0 };
/** Pages that no shard of these tests needs. */
const PAGES = 10_000;

const sumOf = (a: Mended, b: Mended): Mended => ({
  lost: a.lost + b.lost,
  stray: a.stray + b.stray,
  counts: a.counts + b.counts,
  quarantined: a.quarantined + b.quarantined,
});

/** One round: what it mended, and how many pages it took. */
async function scrubAll(store: JobStore, shard = 0): Promise<{ mended: Mended; pages: number; looked: number }> {
  let [mended, cursor, looked] = [NOTHING, '', 0];
  for (let pages = 1; pages < PAGES; pages++) {
    const page = await store.scrub(shard, cursor);
    [mended, cursor, looked] = [sumOf(mended, page.mended), page.cursor, looked + page.looked];
    if (cursor === '') return { mended, pages, looked };
  }
  throw new Error('a scrub never ends');
}

async function setup(told: { url?: string; retention?: object } = {}) {
  const [namespace, clock] = [freshNamespace(), new ManualClock()];
  const store = await openStore(told.url ?? url, { namespace, shards: 1, clock, retention: told.retention ?? {} });
  const redis = new Redis(told.url ?? url);
  onTestFinished(() => void redis.disconnect());
  const shard = `tiercel:{${namespace}:0}`;
  return {
    store,
    clock,
    redis,
    shard,
    tenant: `${shard}:${TENANT}`,
    pair: `${shard}:${TENANT}:${QUEUE}`,
    member: `${QUEUE},${TENANT}`,
  };
}
type Scene = Awaited<ReturnType<typeof setup>>;

const job = (id: string, told: Partial<TenantJob> = {}): TenantJob => someJobs(1, { id, ...told })[0]!;

/** What a queue holds in every state: `r1` … `r3` ready, `s1` `s2` scheduled, `t1` with a time to live, and the others by their names. */
async function fill({ store, clock }: Scene): Promise<void> {
  await store.enqueue(['l1', 'l2', 'd1', 'd2', 'c1', 'c2'].map((id) => job(id)));
  const leases = await reserveSome(store, 6);
  const settlements: Settlement[] = [
    { ...ackOf(leases[2]!), outcome: 'bury', reason: 'bad' },
    { ...ackOf(leases[3]!), outcome: 'bury', reason: 'bad' },
    { ...ackOf(leases[4]!), outcome: 'ack', result: new Uint8Array(9) },
    ackOf(leases[5]!),
  ] as Settlement[];
  await store.settle(settlements);
  await store.extend(leases.slice(0, 2).map((lease) => ({ ...lease, leaseMs: 60_000 })));
  await store.enqueue(['s1', 's2'].map((id) => job(id, { delayMs: 10_000 })));
  await store.enqueue([job('t1', { ttlMs: 50_000, delayMs: 10_000 })]);
  clock.advance(1);
  await store.enqueue(['r1', 'r2', 'r3'].map((id) => job(id, { payload: new Uint8Array(id === 'r2' ? 900 : 20) })));
}

/** All that can be seen of a shard, but the order of jobs that wait. */
async function seen({ store, clock }: Scene) {
  const states = ['ready', 'scheduled', 'leased', 'dead', 'completed', 'cancelled'] as const;
  const listed = await Promise.all(
    states.map(async (state) => {
      const { jobs } = await store.list(TENANT, { state, queue: '', cursor: '', limit: 1_000, payload: true });
      return [state, jobs.map(({ id }) => id).sort()];
    }),
  );
  const queues = (await store.queues(TENANT)).map(({ oldestMs: _, ...counts }) => counts);
  const [promote, reap, prune] = [await store.promote(0, 0), await store.reap(0, 0), await store.prune(0, 0)];
  return {
    listed,
    queues,
    backlog: await store.backlog(0, { queue: '', limit: 100 }),
    due: [promote.nextInMs, reap.nextInMs, prune.nextInMs],
    atMs: clock.now(),
  };
}

/** Ways to damage one thing, and what a scrub says it mended. */
const DAMAGES: readonly [what: string, mended: Partial<Mended>, (scene: Scene) => Promise<unknown>][] = [
  ['the list of ready jobs', { lost: 3 }, ({ redis, pair }) => redis.del(`${pair}:ready5`)],
  ['one of them', { lost: 1 }, ({ redis, pair }) => redis.lrem(`${pair}:ready5`, 1, 'r2')],
  [
    'one of them, now in the list of another priority',
    { lost: 1 },
    ({ redis, pair }) => redis.lmove(`${pair}:ready5`, `${pair}:ready6`, 'LEFT', 'LEFT'),
  ],
  [
    'ids that stand for no job in a list of ready jobs',
    {},
    ({ redis, pair }) => redis.lpush(`${pair}:ready5`, 'x', 'c1', 'l1', 'r1', 'r1'),
  ],
  ['the scheduled', { lost: 3 }, ({ redis, pair }) => redis.del(`${pair}:scheduled`)],
  ['when one of them is due', { lost: 1 }, ({ redis, pair }) => redis.zadd(`${pair}:scheduled`, 1e15, 's1')],
  ['the leased', { lost: 2 }, ({ redis, pair }) => redis.del(`${pair}:leased`)],
  ['when a lease ends', { lost: 1 }, ({ redis, pair }) => redis.zadd(`${pair}:leased`, 'inf', 'l2')],
  ['the dead', { lost: 2 }, ({ redis, pair }) => redis.del(`${pair}:dead`)],
  ['the finished', { lost: 2 }, ({ redis, pair }) => redis.del(`${pair}:finished`)],
  ['who expires', { lost: 1 }, ({ redis, pair }) => redis.del(`${pair}:expiring`)],
  ['ids of no job among the scheduled', { stray: 2 }, ({ redis, pair }) => redis.zadd(`${pair}:scheduled`, 1, 'x', 2, 'r1')],
  ['ids of no job among the leased', { stray: 2 }, ({ redis, pair }) => redis.zadd(`${pair}:leased`, 1e15, 'x', 2e15, 'r1')],
  ['ids of no job among the dead', { stray: 1 }, ({ redis, pair }) => redis.zadd(`${pair}:dead`, 1, 'r1')],
  ['ids of no job among the finished', { stray: 3 }, ({ redis, pair }) => redis.rpush(`${pair}:finished`, 'x', 'r1', 'c1')],
  ['ids of no job among those who expire', { stray: 1 }, ({ redis, pair }) => redis.zadd(`${pair}:expiring`, 1e15, 'r1')],
  ['all that is counted', { counts: 8 }, ({ redis, tenant }) => redis.del(`${tenant}:counts`)],
  ['what is counted', { counts: 1 }, ({ redis, tenant }) => redis.hset(`${tenant}:counts`, `${QUEUE}:ready5`, 1)],
  [
    'what is counted of bytes',
    { counts: 3 },
    ({ redis, tenant }) =>
      redis.hset(`${tenant}:counts`, `${QUEUE}:bytes`, 1, `${QUEUE}:deadBytes`, 99, `${QUEUE}:finishedBytes`, 'x'),
  ],
  [
    'a count of nothing',
    { counts: 2 },
    ({ redis, tenant }) => redis.hset(`${tenant}:counts`, `${QUEUE}:ready9`, 7, 'nowhere:leased', 3),
  ],
  ['which pairs have ready jobs', { counts: 1 }, ({ redis, shard }) => redis.del(`${shard}:ready`)],
  [
    'pairs that have none',
    { counts: 1, stray: 1 },
    ({ redis, shard }) => redis.zadd(`${shard}:ready`, 0, `nowhere,${TENANT}`, 0, '?'),
  ],
  [
    'when something is due',
    { counts: 5 },
    async ({ redis, shard }) => {
      for (const kind of ['scheduled', 'expiring', 'leased', 'finished', 'dead']) await redis.del(`${shard}:due-${kind}`);
    },
  ],
  ['when something is due, too late', { counts: 1 }, ({ redis, shard, member }) => redis.zadd(`${shard}:due-leased`, 1e15, member)],
  ['who is a tenant', { counts: 1 }, ({ redis, shard }) => redis.del(`${shard}:tenants`)],
  ['payloads of nobody', { stray: 2 }, ({ redis, tenant }) => redis.hset(`${tenant}:payloads`, 'x', 'y', 'r1', 'y')],
  ['who is set aside', { stray: 2 }, ({ redis, tenant }) => redis.zadd(`${tenant}:quarantine`, 0, 'x', 0, 'r1')],
];

test.each(DAMAGES)('%s: a scrub mends that and no more, and the next finds nothing', async (_, mended, damage) => {
  const scene = await setup();
  await fill(scene);
  const before = await seen(scene);

  await damage(scene);
  const first = await scrubAll(scene.store);

  expect(first.mended).toEqual({ ...NOTHING, ...mended });
  expect(await seen(scene)).toEqual(before);
  expect((await scrubAll(scene.store)).mended).toEqual(NOTHING);
});

const UNREADABLE = Buffer.from([2, 9, 9]);

test('a record that cannot be read is set aside, wherever it stood, and counted nowhere any more', async () => {
  const scene = await setup();
  await fill(scene);
  const gone = ['r1', 's1', 'l1', 'd1', 'c1'];

  for (const id of gone) await scene.redis.hset(`${scene.tenant}:jobs`, id, UNREADABLE);
  const first = await scrubAll(scene.store);

  expect(first.mended).toMatchObject({ lost: 0, quarantined: 5 });
  const { records } = await scene.store.quarantined(TENANT, { cursor: '', limit: 100 });
  expect(records.map(({ id }) => id)).toEqual([...gone].sort());
  expect((await scene.store.queues(TENANT))[0]).toMatchObject({ ready: 2, scheduled: 2, leased: 1, dead: 1, finished: 1 });
  expect((await scrubAll(scene.store)).mended).toEqual(NOTHING);
});

test('of who was set aside the entry is mended from the record', async () => {
  const scene = await setup();
  await fill(scene);
  const [lease] = await reserveSome(scene.store, 1);
  await scene.store.settle([{ ...ackOf(lease!), outcome: 'bury', corrupt: true, reason: 'CORRUPT: bits' }]);

  await scene.redis.del(`${scene.tenant}:quarantine`, `${scene.tenant}:quarantine-notes`);
  const first = await scrubAll(scene.store);

  expect(first.mended).toEqual({ ...NOTHING, lost: 1 });
  const { records } = await scene.store.quarantined(TENANT, { cursor: '', limit: 100 });
  expect(records).toMatchObject([{ id: lease!.id, reason: 'CORRUPT: bits' }]);
});

const IDS = ['l1', 'l2', 'd1', 'd2', 'c1', 'c2', 's1', 's2', 't1', 'r1', 'r2', 'r3'];
const SORTED = ['scheduled', 'leased', 'dead', 'expiring'];
const LISTS = ['ready5', 'ready0', 'finished'];
const COUNTS = ['ready5', 'ready0', 'scheduled', 'leased', 'dead', 'finished', 'bytes', 'deadBytes', 'finishedBytes'];

type Harm = (scene: Scene, gone: Set<string>) => Promise<unknown>;
const some = (...values: string[]) => fc.constantFrom(...values);
const anyId = some('x', ...IDS);

/** One random damage. Of jobs whose records it takes the ids go into `gone`. */
const harm: fc.Arbitrary<Harm> = fc.oneof(
  some(...SORTED, ...LISTS).map(
    (index): Harm =>
      ({ redis, pair }) =>
        redis.del(`${pair}:${index}`),
  ),
  fc.tuple(some(...SORTED), anyId).map(
    ([index, id]): Harm =>
      ({ redis, pair }) =>
        redis.zrem(`${pair}:${index}`, id),
  ),
  fc.tuple(some(...SORTED), anyId, fc.nat(2 ** 40)).map(
    ([index, id, at]): Harm =>
      ({ redis, pair }) =>
        redis.zadd(`${pair}:${index}`, at, id),
  ),
  fc.tuple(some(...LISTS), anyId).map(
    ([index, id]): Harm =>
      ({ redis, pair }) =>
        redis.lrem(`${pair}:${index}`, 0, id),
  ),
  fc.tuple(some(...LISTS), anyId).map(
    ([index, id]): Harm =>
      ({ redis, pair }) =>
        redis.rpush(`${pair}:${index}`, id),
  ),
  fc.tuple(some(...COUNTS), fc.integer({ min: -9, max: 99 })).map(
    ([index, to]): Harm =>
      ({ redis, tenant }) =>
        redis.hset(`${tenant}:counts`, `${QUEUE}:${index}`, to),
  ),
  some(...COUNTS).map(
    (index): Harm =>
      ({ redis, tenant }) =>
        redis.hdel(`${tenant}:counts`, `${QUEUE}:${index}`),
  ),
  some('ready', 'tenants', 'due-scheduled', 'due-leased', 'due-expiring', 'due-dead', 'due-finished').map(
    (key): Harm =>
      ({ redis, shard }) =>
        redis.del(`${shard}:${key}`),
  ),
  anyId.map(
    (id): Harm =>
      ({ redis, tenant }) =>
        redis.hset(`${tenant}:payloads`, id === 'r2' ? 'x' : id, 'stray'),
  ),
  fc.tuple(some(...IDS), fc.boolean()).map(
    ([id, isSpoilt]): Harm =>
      ({ redis, tenant }, gone) => {
        gone.add(id);
        return isSpoilt ? redis.hset(`${tenant}:jobs`, id, UNREADABLE) : redis.hdel(`${tenant}:jobs`, id);
      },
  ),
);

/** How many random damages are tried; `TIERCEL_SCRUB_DAMAGES`, 200 by default. */
const RUNS = Number(process.env.TIERCEL_SCRUB_DAMAGES || 200);

/** Performs all that waits or is leased; the ids of what was handed out, in order. */
async function drain({ store, clock }: Scene): Promise<string[]> {
  const ids: string[] = [];
  for (const restMs of [0, 10_000, 60_000]) {
    clock.advance(restMs);
    await store.reap(0, 1_000);
    await store.promote(0, 1_000);
    for (let leases = await reserveSome(store, 100); leases.length > 0; leases = await reserveSome(store, 100)) {
      ids.push(...leases.map(({ id }) => id));
      await store.settle(leases.map(ackOf));
    }
  }
  return ids.sort();
}

async function checkDamages(url: string, harms: readonly Harm[]): Promise<void> {
  const [scene, gone] = [await setup({ url }), new Set<string>()];
  await fill(scene);
  const before = await seen(scene);

  for (const act of harms) await act(scene, gone);
  await scrubAll(scene.store);

  const left = before.listed.map(([state, ids]) => [state, (ids as string[]).filter((id) => !gone.has(id))]);
  const after = await seen(scene);
  expect(after.listed).toEqual(left);
  if (gone.size === 0) expect(after.due).toEqual(before.due);
  const { ready, scheduled, leased, dead, finished } = after.queues[0] ?? {
    ready: 0,
    scheduled: 0,
    leased: 0,
    dead: 0,
    finished: 0,
  };
  expect([ready, scheduled, leased, dead, finished]).toEqual(left.slice(0, 5).map(([, ids]) => ids!.length));
  expect((await scrubAll(scene.store)).mended).toEqual(NOTHING);
  expect(await drain(scene)).toEqual(['l1', 'l2', 'r1', 'r2', 'r3', 's1', 's2', 't1'].filter((id) => !gone.has(id)));
  expect((await scrubAll(scene.store)).mended).toEqual(NOTHING);
}

test(`after any of ${RUNS} damages and one round everything is handed out once and counted rightly, and the next mends nothing`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(harm, { minLength: 1, maxLength: 6 }), (harms) => checkDamages(url, harms)),
    { numRuns: RUNS, seed: 20_261_130 },
  );
}, 120_000);

async function enqueueAll(store: JobStore, jobs: readonly TenantJob[]): Promise<void> {
  for (let from = 0; from < jobs.length; from += 500) await store.enqueue(jobs.slice(from, from + 500));
}

/** Between any two pages of a round some jobs of a queue longer than a step goes through move in every way there is. */
async function checkMovesBetweenPages(url: string): Promise<void> {
  const { store, clock } = await setup({ url });
  await enqueueAll(store, someJobs(5_000));
  for (let round = 0, cursor = ''; round < 60; round++) {
    const page = await store.scrub(0, cursor);
    expect(page.mended).toEqual(NOTHING);
    cursor = page.cursor;
    clock.advance(7);
    const leases = await reserveSome(store, 40);
    await store.settle(leases.slice(0, 20).map(ackOf));
    await store.settle(
      leases.slice(20, 30).map((lease, at) => ({
        ...ackOf(lease),
        outcome: 'release',
        delayMs: at,
        spend: false,
        lost: false,
        head: at % 2 === 0,
        reason: '',
      })),
    );
    await store.promote(0, 5);
    await store.cancel(TENANT, [`job-${4_999 - round}`]);
    await store.enqueue([job(`late-${round}`, { priority: 3 + (round % 3), ttlMs: (round % 2) * 20 })]);
  }
}

test('who moves a job between two pages is not taken for damage', () => checkMovesBetweenPages(url));

test('10,000 jobs are performed once each while a scrub goes round and round, which finds nothing', async () => {
  const store = await openStore(url, { shards: 1 });
  const [jobs, performed] = [someJobs(10_000, { attempts: 9 }), new Map<string, number>()];
  const cancelled = new Set<string>();
  let isDone = false;
  let [mended, pages, cursor] = [NOTHING, 0, ''];

  const enqueuing = (async () => {
    for (let from = 0; from < jobs.length; from += 100)
      await store.enqueue(
        jobs.slice(from, from + 100).map((one, at) => ({ ...one, priority: at % 10, delayMs: at % 7 === 0 ? 1 : 0 })),
      );
  })();
  const cancelling = (async () => {
    for (let at = 3; at < jobs.length; at += 97) {
      const [verdict] = await store.cancel(TENANT, [`job-${at}`]);
      if (verdict?.code === 'OK' && verdict.state === 'cancelled') cancelled.add(`job-${at}`);
    }
  })();
  const scrubbing = (async () => {
    while (!isDone) {
      const page = await store.scrub(0, cursor);
      [mended, cursor, pages] = [sumOf(mended, page.mended), page.cursor, pages + 1];
    }
  })();
  const working = [1, 2, 3].map(async (worker) => {
    for (let round = 0; !isDone; round++) {
      const leases = await reserveSome(store, 50);
      const [kept, back] = [leases.filter((_, at) => at % 5 !== worker), leases.filter((_, at) => at % 5 === worker)];
      for (const { id } of kept) performed.set(id, (performed.get(id) ?? 0) + 1);
      await store.settle(kept.map(ackOf));
      await store.settle(
        back.map((lease, at) => ({
          ...ackOf(lease),
          outcome: 'release',
          delayMs: round % 2,
          spend: false,
          lost: false,
          head: at % 2 === 0,
          reason: '',
        })),
      );
      await store.promote(0, 100);
    }
  });
  await enqueuing;
  for (let isBusy = true; isBusy; ) {
    const [queue] = await store.queues(TENANT);
    isBusy = queue === undefined || queue.ready + queue.scheduled + queue.leased > 0;
  }
  isDone = true;
  await Promise.all([cancelling, scrubbing, ...working]);

  expect(mended).toEqual(NOTHING);
  expect(pages).toBeGreaterThan(20);
  expect([...performed.values()].filter((times) => times !== 1)).toEqual([]);
  const found = await store.find(
    TENANT,
    jobs.map(({ id }) => id),
    { payload: false },
  );
  expect(found.filter((one) => one?.state !== 'completed' && one?.state !== 'cancelled')).toEqual([]);
  expect(
    found
      .filter((one) => one?.state === 'completed')
      .map((one) => one!.id)
      .sort(),
  ).toEqual([...performed.keys()].sort());
}, 120_000);

/** A list longer than what is searched. */
const LONG = 10_500;

test('what a long list has lost comes to hand before its turn has gone by, and what was cancelled in one is no damage', async () => {
  const { store, clock, redis, pair } = await setup({ retention: { finishedMax: 1e6 } });
  const jobs = someJobs(LONG);
  for (let from = 0; from < LONG; from += 500, clock.advance(1)) await store.enqueue(jobs.slice(from, from + 500));
  await store.cancel(TENANT, ['job-700', 'job-701']);
  expect((await scrubAll(store)).mended).toEqual(NOTHING);

  for (const id of ['job-0', 'job-9000', 'job-10499']) await redis.lrem(`${pair}:ready5`, 1, id);
  expect((await scrubAll(store)).mended).toMatchObject({ lost: 2, stray: 0, quarantined: 0 });
  expect((await redis.lrange(`${pair}:ready5`, 0, 2)).sort()).toEqual(['job-0', 'job-1', 'job-9000']);
  expect((await scrubAll(store)).mended).toEqual(NOTHING);

  const ids = (await reserveSome(store, 600, 1 << 20)).map(({ id }) => id);
  expect((await scrubAll(store)).mended).toMatchObject({ lost: 1, stray: 0, quarantined: 0 });
  for (let leases = await reserveSome(store, 500, 1 << 20); leases.length > 0; leases = await reserveSome(store, 500, 1 << 20))
    ids.push(...leases.map(({ id }) => id));
  const waiting = jobs.map(({ id }) => id).filter((id) => id !== 'job-700' && id !== 'job-701');
  expect(ids.toSorted()).toEqual(waiting.toSorted());
  expect((await scrubAll(store)).mended).toEqual(NOTHING);
}, 60_000);

test('of a list of finished jobs too long to be searched those that are missing from its old end come back', async () => {
  const { store, clock, redis, pair } = await setup({ retention: { finishedMax: 1e6 } });
  for (let from = 0; from < LONG; from += 500, clock.advance(1)) {
    await store.enqueue(Array.from({ length: 500 }, (_, at) => job(`f${from + at}`)));
    await store.settle((await reserveSome(store, 500, 1 << 20)).map(ackOf));
  }

  await redis.ltrim(`${pair}:finished`, 40, -1);
  expect((await scrubAll(store)).mended).toEqual({ ...NOTHING, lost: 40 });
  expect((await scrubAll(store)).mended).toEqual(NOTHING);
});

test.each([
  ['lost', (redis: Redis, tenant: string) => redis.del(`${tenant}:counts`)],
  ['too high', (redis: Redis, tenant: string) => redis.hset(`${tenant}:counts`, `${QUEUE}:ready5`, 99_999)],
])('a count of a long list that is %s is right after one round, and what is counted of bytes too', async (_, damage) => {
  const { store, redis, tenant } = await setup();
  await enqueueAll(store, someJobs(LONG));
  const before = await store.queues(TENANT);

  await damage(redis, tenant);
  await scrubAll(store);

  expect(await store.queues(TENANT)).toEqual(before);
  expect((await scrubAll(store)).mended).toEqual(NOTHING);
});

test('a page looks at a bounded number of records, and a round at all', async () => {
  const { url: own, admin } = await ownRedis();
  const store = await openStore(own, { shards: 1 });
  await enqueueAll(store, someJobs(20_000));
  const looked: number[] = [];

  for (let cursor = '', pages = 0; pages === 0 || cursor !== ''; pages++) {
    await admin.config('RESETSTAT');
    const page = await store.scrub(0, cursor);
    looked.push(page.looked);
    cursor = page.cursor;
    // HSCAN brings fifty at a time, or twice as many where they stand close.
    expect(callsOf('hscan', await admin.info('commandstats'))).toBeLessThanOrEqual(25);
    expect(Buffer.byteLength(cursor)).toBeLessThan(1_000);
  }

  expect(Math.max(...looked)).toBeLessThan(1_500);
  expect(looked.reduce((sum, some) => sum + some)).toBeGreaterThanOrEqual(20_000);
});

const callsOf = (command: string, stats: string): number =>
  Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);

test('many tenants and queues are gone through in one round', async () => {
  const { store, redis, shard } = await setup();
  const jobs = Array.from({ length: 2_000 }, (_, at) => job(`j${at}`, { tenant: `t${at % 150}`, queue: `q${at % 7}` }));
  await enqueueAll(store, jobs);
  expect((await scrubAll(store)).mended).toEqual(NOTHING);

  await redis.del(`${shard}:ready`, `${shard}:tenants`);
  const first = await scrubAll(store);

  // Whoever lost even its mark is known by nothing but a time that something is due; these have none.
  expect(first.mended).toEqual(NOTHING);
  await store.enqueue(Array.from({ length: 150 }, (_, at) => job(`k${at}`, { tenant: `t${at}`, queue: 'other' })));
  expect((await scrubAll(store)).mended.counts).toBeGreaterThan(0);
  expect((await store.backlog(0, { queue: '', limit: 5_000 })).reduce((sum, { ready }) => sum + ready, 0)).toBe(2_150);
  expect((await scrubAll(store)).mended).toEqual(NOTHING);
});

test('a full server is mended too', async () => {
  const { url: own, admin } = await ownRedis();
  const { store, pair, redis } = await setup({ url: own });
  await enqueueAll(store, someJobs(1_000));
  await redis.del(`${pair}:ready5`);
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))![1]);
  await admin.config('SET', 'maxmemory', used - 100_000);
  await expect(store.enqueue(someJobs(1, { queue: 'other' }))).rejects.toMatchObject({ code: 'STORAGE_FULL' });

  expect((await scrubAll(store)).mended).toEqual({ ...NOTHING, lost: 1_000 });
});

test('a cursor that no page answered is refused', async () => {
  const { store } = await setup();
  for (const cursor of ['?', 'AAAA', Buffer.from([1, 0, 1, 65]).toString('base64url')])
    expect((await refusal(store.scrub(0, cursor))).code).toBe('BAD_OPTION');
});

/** Faults in the code inside Redis, and the damage or the rule that shows each. */
const PLANTED: readonly [what: string, from: string, to: string, check: (url: string) => Promise<unknown>][] = [
  [
    'sorted sets are not asked',
    'if not score or floor(score) ~= at then',
    'if false then',
    damaged((s) => s.redis.del(`${s.pair}:leased`)),
  ],
  ['lists are not searched', 'if not is_there then', 'if false then', damaged((s) => s.redis.del(`${s.pair}:ready5`))],
  [
    'counts are not compared',
    'if count == right then return end',
    'if true then return end',
    damaged((s) => s.redis.hset(`${s.tenant}:counts`, `${QUEUE}:ready5`, 2)),
  ],
  [
    'marks are not looked at',
    'if at and (not mark or mark > at) then',
    'if false then',
    damaged((s) => s.redis.del(`${s.shard}:due-leased`)),
  ],
  ['strays stay', "call_with('ZREM', key, strays)", 'local _ = nil', damaged((s) => s.redis.zadd(`${s.pair}:scheduled`, 1, 'x'))],
  ['every job is taken for lost', 'if not is_there then', 'if true then', damaged(async () => {})],
  ['nobody asks what moved between two pages', "seal == '' or seal == seal_of(one)", 'true', checkMovesBetweenPages],
];

function damaged(harm: (scene: Scene) => Promise<unknown>) {
  return (url: string) => checkDamages(url, [harm]);
}

test.each(PLANTED)('a planted fault is found: %s', async (_, from, to, check) => {
  const { url: own, admin } = await ownRedis();
  const { code } = await readLibrary();
  expect(code).toContain(from);
  // Under the name that the driver calls.
  await admin.call('FUNCTION', 'LOAD', code.replaceAll(from, to));

  await expect(check(own)).rejects.toThrow();
});

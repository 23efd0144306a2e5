import { LIMITS, NO_CHECKSUM } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { ManualClock } from '@tiercel/store/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, freshNamespace, openStore, QUEUE, redisUrl, refusal, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();
const UNREADABLE = 'CORRUPT: the record cannot be read';
const GONE = { owners: [{ owner: 'worker-1', reason: 'killed' }], cursor: '' };

/** Three jobs, of which `spoil` makes the second unreadable, and what one sees of them. */
async function setup(retention = {}) {
  const [namespace, clock] = [freshNamespace(), new ManualClock()];
  const store = await openStore(url, { namespace, shards: 1, clock, retention });
  const redis = new Redis(url);
  onTestFinished(() => void redis.disconnect());
  const base = `tiercel:{${namespace}:0}:${TENANT}`;
  const spoilt = Buffer.from([2, 9, 9]);
  return {
    store,
    clock,
    redis,
    base,
    spoilt,
    spoil: (id = 'job-1') => redis.hset(`${base}:jobs`, id, spoilt),
    async counts() {
      const [queue] = await store.queues(TENANT);
      return (
        queue && {
          ready: queue.ready,
          scheduled: queue.scheduled,
          leased: queue.leased,
          dead: queue.dead,
          finished: queue.finished,
        }
      );
    },
    kept: (id = 'job-1') => redis.hgetBuffer(`${base}:jobs`, id),
    quarantined: async () => (await store.quarantined(TENANT, { cursor: '', limit: 100 })).records,
  };
}

const settleAll = async (store: JobStore, outcome: 'ack' | 'bury') =>
  store.settle(
    (await reserveSome(store)).map((lease) => (outcome === 'ack' ? ackOf(lease) : { ...ackOf(lease), outcome, reason: 'bad' })),
  );

const NONE = { ready: 0, scheduled: 0, leased: 0, dead: 0, finished: 0 };
type Scene = Awaited<ReturnType<typeof setup>>;

/** Wherever an index leads to a record that cannot be read. */
const PLACES: readonly [string, object, (scene: Scene) => Promise<unknown>][] = [
  [
    'reserve',
    { ...NONE, leased: 2 },
    async ({ store, spoil }) => {
      await store.enqueue(someJobs(3));
      await spoil();
      expect((await reserveSome(store, 2)).map(({ id }) => id)).toEqual(['job-0', 'job-2']);
    },
  ],
  [
    'promote',
    { ...NONE, ready: 2 },
    async ({ store, clock, spoil }) => {
      await store.enqueue(someJobs(3, { delayMs: 1_000 }));
      await spoil();
      clock.advance(1_000);
      await store.promote(0, 100);
    },
  ],
  [
    'reap',
    { ...NONE, ready: 2 },
    async ({ store, clock, spoil }) => {
      await store.enqueue(someJobs(3));
      await reserveSome(store);
      await spoil();
      clock.advance(5_000);
      await store.reap(0, 100);
    },
  ],
  [
    'reap of a gone owner',
    { ...NONE, ready: 2 },
    async ({ store, spoil }) => {
      await store.enqueue(someJobs(3));
      await reserveSome(store);
      await spoil();
      await store.reap(0, 100, GONE);
    },
  ],
  [
    'prune of finished jobs',
    NONE,
    async ({ store, clock, spoil }) => {
      await store.enqueue(someJobs(3));
      await settleAll(store, 'ack');
      await spoil();
      clock.advance(3_600_000);
      await store.prune(0, 100);
    },
  ],
  [
    'prune of dead letters',
    NONE,
    async ({ store, clock, spoil }) => {
      await store.enqueue(someJobs(3));
      await settleAll(store, 'bury');
      await spoil();
      clock.advance(7 * 86_400_000);
      await store.prune(0, 100);
    },
  ],
];

test.each(PLACES)(
  'a record that cannot be read where a %s finds it is set aside as it is, and counted nowhere',
  async (_, left, act) => {
    const scene = await setup();
    const { store, clock, spoilt, counts, kept, quarantined } = scene;

    await act(scene);

    expect((await counts()) ?? NONE).toEqual(left);
    expect(await kept()).toEqual(spoilt);
    expect(await quarantined()).toEqual([{ id: 'job-1', atMs: clock.now(), reason: UNREADABLE, record: new Uint8Array(spoilt) }]);
    expect(await store.cancel(TENANT, ['job-1'])).toEqual([{ code: 'WRONG_STATE', state: 'dead' }]);
    expect(await store.revive(TENANT, ['job-1'])).toEqual([{ code: 'WRONG_STATE', state: 'dead' }]);
    expect((await refusal(store.find(TENANT, ['job-1'], { payload: false }))).code).toBe('CORRUPT');
    expect((await store.enqueue(someJobs(2).slice(1)))[0]?.code).toBe('DUPLICATE_ID');
  },
);

test('what cannot be read leaves the others of a list of ten thousand and more where they are, and is not counted for ever', async () => {
  const { store, spoil, counts, quarantined } = await setup();
  const jobs = someJobs(10_100);
  for (let from = 0; from < jobs.length; from += 500) await store.enqueue(jobs.slice(from, from + 500));
  await store.cancel(TENANT, ['job-0']);
  // It stands in the list no more than by its id: a list so long is not searched.
  await spoil('job-0');
  await spoil('job-150');

  // The last ones one by one: a count that tells too little would leave the last of all behind.
  const ids: string[] = [];
  const reserveNext = async () => (await reserveSome(store, ids.length < 10_000 ? 500 : 1, 1 << 20)).map(({ id }) => id);
  for (let some = await reserveNext(); some.length > 0; some = await reserveNext()) ids.push(...some);

  expect(ids).toEqual(jobs.map(({ id }) => id).filter((id) => id !== 'job-0' && id !== 'job-150'));
  expect(await counts()).toMatchObject({ ready: 0, leased: 10_098 });
  expect((await quarantined()).map(({ id }) => id)).toEqual(['job-0', 'job-150']);
}, 60_000);

test.each([
  ['in it', 10],
  ['beside it', 5_000],
])(
  'a record that Redis can read and we cannot, its payload %s, is handed out with a checksum that nothing has, to be set aside',
  async (_, bytes) => {
    const { store, redis, base, counts, kept, quarantined } = await setup();
    await store.enqueue(someJobs(3, { payload: new Uint8Array(bytes) }));
    const record = (await kept())!;
    // The traits stand behind head, priority, queue, time and checksum; there is no such encoding.
    record[9 + 1 + 1 + QUEUE.length + 6 + 4] = 0x7e;
    await redis.hset(`${base}:jobs`, 'job-1', record);

    const leases = await reserveSome(store);
    expect(leases.map(({ id, checksum }) => [id, checksum === NO_CHECKSUM])).toEqual([
      ['job-0', false],
      ['job-1', true],
      ['job-2', false],
    ]);
    await store.settle([{ ...ackOf(leases[1]!), outcome: 'bury', corrupt: true, reason: UNREADABLE }]);

    expect(await counts()).toEqual({ ...NONE, leased: 2 });
    expect(await quarantined()).toMatchObject([{ id: 'job-1', reason: UNREADABLE }]);
    expect(await reserveSome(store)).toEqual([]);
  },
);

test('a job buried as corrupt keeps its bytes, and neither retention nor revive nor cancel reaches it', async () => {
  const { store, clock, counts, quarantined } = await setup({ deadMs: 0, deadMax: 0 });
  const payload = new Uint8Array(2_000).fill(7);
  await store.enqueue(someJobs(1, { payload }));
  const [lease] = await reserveSome(store);

  expect(await store.settle([{ ...ackOf(lease!), outcome: 'bury', corrupt: true, reason: 'CORRUPT: bits' }])).toEqual(['OK']);
  clock.advance(8 * 86_400_000);
  expect((await store.prune(0, 100)).moved).toBe(0);

  const [found] = await store.find(TENANT, ['job-0'], { payload: true });
  expect(found).toMatchObject({ state: 'dead', reason: 'CORRUPT: bits', payload });
  expect((await counts()) ?? NONE).toEqual(NONE);
  const [one] = await quarantined();
  expect(one).toMatchObject({ id: 'job-0', reason: 'CORRUPT: bits' });
  expect(Buffer.from(one!.record).subarray(-2_000)).toEqual(Buffer.from(payload));
  expect(await store.revive(TENANT, ['job-0'])).toEqual([{ code: 'WRONG_STATE', state: 'dead' }]);
  expect(await store.cancel(TENANT, ['job-0'])).toEqual([{ code: 'WRONG_STATE', state: 'dead' }]);
});

test('past its bound a job buried as corrupt is a plain dead letter', async () => {
  const { store, redis, base, counts, quarantined } = await setup();
  const others = Array.from({ length: LIMITS.quarantined }, (_, at) => ['0', `other-${at}`]).flat();
  await redis.zadd(`${base}:quarantine`, ...others);
  await store.enqueue(someJobs(1));
  const [lease] = await reserveSome(store);

  await store.settle([{ ...ackOf(lease!), outcome: 'bury', corrupt: true, reason: 'CORRUPT: bits' }]);

  expect(await counts()).toEqual({ ...NONE, dead: 1 });
  expect((await quarantined()).map(({ id }) => id)).not.toContain('job-0');
});

test('pages of what is set aside join by id, and a large one ends with what made it so', async () => {
  const { store } = await setup();
  await store.enqueue(someJobs(7, { payload: new Uint8Array(200_000) }));
  const leases = [];
  for (let some = await reserveSome(store); some.length > 0; some = await reserveSome(store)) leases.push(...some);
  await store.settle(leases.map((lease) => ({ ...ackOf(lease), outcome: 'bury', corrupt: true, reason: 'CORRUPT: bits' })));

  const pages: string[][] = [];
  for (let cursor = ''; pages.length === 0 || cursor !== ''; ) {
    const page = await store.quarantined(TENANT, { cursor, limit: 5 });
    pages.push(page.records.map(({ id }) => id));
    cursor = page.cursor;
  }

  expect(pages).toEqual([['job-0', 'job-1', 'job-2'], ['job-3', 'job-4', 'job-5'], ['job-6']]);
});

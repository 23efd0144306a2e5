import { type LeaseRef, LIMITS } from '@tiercel/protocol';
import { type JobStore, openMemoryStore, type ReserveRequest, type TenantJob } from '@tiercel/store';
import { aJob, aReserve, ManualClock } from '@tiercel/store/testing';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { freshNamespace, openStore, redisUrl } from './redis.test.kit.js';

const url = await redisUrl();

/** What two stores are told, one call right behind the other. */
interface Round {
  readonly jobs: readonly TenantJob[];
  readonly request: Pick<ReserveRequest, 'wants' | 'max' | 'maxBytes'>;
  readonly ahead: number;
  readonly settled: number;
}

const QUEUES = ['mail', 'own'];
const aQueue = fc.constantFrom(...QUEUES);
const jobsOf = fc
  .array(
    fc.record({
      id: fc.integer({ min: 1, max: 12 }).map((n) => `id-${n}`),
      queue: fc.oneof({ weight: 6, arbitrary: fc.constant('mail') }, { weight: 1, arbitrary: aQueue }),
      priority: fc.oneof({ weight: 6, arbitrary: fc.constant(5) }, { weight: 1, arbitrary: fc.nat({ max: 9 }) }),
      ttlMs: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(50) }),
      delayMs: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(30) }),
      payload: fc.oneof(
        { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }) },
        { weight: 1, arbitrary: fc.uint8Array({ minLength: 513, maxLength: 520 }) },
      ),
      checksum: fc.constantFrom(1, 1, 1, 2),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.map((told) => aJob({ ...told, tenant: 'acme' })));

const aRound: fc.Arbitrary<Round> = fc.record({
  jobs: jobsOf,
  request: fc.record({
    wants: fc.uniqueArray(fc.record({ tenant: fc.constant('acme'), queue: aQueue, max: fc.constantFrom(0, 1, 3, 100) }), {
      minLength: 1,
      maxLength: 2,
      selector: ({ queue }) => queue,
    }),
    max: fc.constantFrom(1, 2, 4, 100),
    maxBytes: fc.constantFrom(1, 60, LIMITS.batchBytes),
  }),
  ahead: fc.constantFrom(0, 0, 10, 60),
  settled: fc.nat({ max: 6 }),
});

const aSetting = fc.constantFrom(
  {},
  {},
  {},
  { maxItems: 3 },
  { maxItems: 2, whenFull: 'drop-oldest' as const },
  { maxAgeMs: 40 },
  { paused: true },
);

/** Both calls in one turn of the event loop, or one after the other's answer. */
async function play(store: JobStore, { jobs, request }: Round, inOneTurn: boolean) {
  const reserve = () => store.reserve(aReserve(store, request));
  const stored = store.enqueue(jobs);
  const [verdicts, reserved] = inOneTurn ? await Promise.all([stored, reserve()]) : [await stored, await reserve()];
  return { verdicts, jobs: reserved.jobs, left: reserved.left };
}

/** Settles, and reserves a little right behind it. */
async function goOn(store: JobStore, ended: readonly LeaseRef[], { request }: Round, inOneTurn: boolean) {
  const reserve = () => store.reserve(aReserve(store, { ...request, max: 1 }));
  const settled = store.settle(ended.map(({ tenant, id, token }) => ({ tenant, id, token, outcome: 'ack' })));
  const [codes, reserved] = inOneTurn ? await Promise.all([settled, reserve()]) : [await settled, await reserve()];
  return { codes, jobs: reserved.jobs, left: reserved.left };
}

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part)));

test('an enqueue or a settle and the reserve right behind it mean what they mean one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aRound, { minLength: 1, maxLength: 12 }), aSetting, async (rounds, setting) => {
      const clock = new ManualClock();
      const model = openMemoryStore({ clock, shards: 1 });
      const rival = await openStore(url, { namespace: freshNamespace(), clock, shards: 1 });
      try {
        for (const store of [model, rival]) await store.control('acme', 'mail', { set: setting, clear: [] });
        for (const round of rounds) {
          clock.advance(round.ahead);
          const told = await play(model, round, false);
          expect(plain(await play(rival, round, true))).toEqual(plain(told));
          const ended = told.jobs.slice(0, round.settled);
          expect(plain(await goOn(rival, ended, round, true))).toEqual(plain(await goOn(model, ended, round, false)));
          expect(await rival.queues('acme')).toEqual(await model.queues('acme'));
          expect(await rival.counters('acme')).toEqual(await model.counters('acme'));
        }
        clock.advance(100_000);
        const swept = async (store: JobStore) => {
          const [promoted, reaped] = [await store.promote(0, 100), await store.reap(0, 100)];
          return [promoted.moved, reaped.moved, await store.queues('acme')];
        };
        expect(plain(await swept(rival))).toEqual(plain(await swept(model)));
      } finally {
        await rival.close();
      }
    }),
    { numRuns: 150, seed: Number(process.env.TIERCEL_SEED ?? 20_261_130) },
  );
}, 120_000);

test('jobs that go to hand as they come are leased as any other', async () => {
  const store = await openStore(url, { namespace: freshNamespace(), shards: 1 });
  onTestFinished(() => store.close());
  const jobs = Array.from({ length: 5 }, (_, n) => aJob({ id: `job-${n}`, tenant: 'acme', queue: 'mail' }));

  const [verdicts, { jobs: leases, left }] = await Promise.all([
    store.enqueue(jobs),
    store.reserve(aReserve(store, { wants: [{ tenant: 'acme', queue: 'mail', max: 3 }] })),
  ]);

  expect(verdicts.map(({ code, state }) => `${code} ${state}`)).toEqual(Array(5).fill('OK ready'));
  expect([leases.map(({ id }) => id), left]).toEqual([['job-0', 'job-1', 'job-2'], [2]]);
  expect(await store.extend(leases.map((lease) => ({ ...lease, leaseMs: 60_000 })))).toEqual(['OK', 'OK', 'OK']);
  expect(await store.queues('acme')).toMatchObject([{ ready: 2, leased: 3 }]);
});

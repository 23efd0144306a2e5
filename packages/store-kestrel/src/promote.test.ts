import { realClock } from '@tiercel/actors';
import { connectKestrel } from '@tiercel/kestrel';
import { LIMITS } from '@tiercel/protocol';
import type { JobStore, StoreEvent } from '@tiercel/store';
import { aJob, aRelease, ManualClock, someJobs } from '@tiercel/store/testing';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { readEnvelope, writeEnvelope } from './envelope.js';
import { ackOf, aNamespace, aServer, openStore, refOf, reserveSome } from './kestrel.test.kit.js';
import { leavesAtMs, WAIT_STEPS, waitStep } from './wait-step.js';

const HOUR_MS = 3_600_000;

async function setup(query = '') {
  const [{ port }, namespace, clock, events] = [await aServer(), aNamespace(), new ManualClock(), [] as StoreEvent[]];
  const open = () => openStore([port], { namespace, clock, query, onEvent: (event) => events.push(event) });
  const client = await connectKestrel({ host: '127.0.0.1', port, clock: realClock });
  onTestFinished(() => client.close());
  const store = await open();
  /** As a broker would, until something is ready; nothing may be handed out before. Answers how often it looked. */
  const sweep = async (by: JobStore = store): Promise<number> => {
    for (let looks = 1; ; looks++) {
      const { ready, nextInMs } = await by.promote(0, 250);
      if (ready.length > 0) return looks;
      expect(await reserveSome(by)).toEqual([]);
      expect(nextInMs).toBeGreaterThan(0);
      clock.advance(nextInMs!);
    }
  };
  return { store, open, client, namespace, clock, events, sweep };
}

/** Fails the jobs that are next, each with a delay. */
async function failWith(store: JobStore, delays: readonly number[]): Promise<void> {
  const leases = await reserveSome(store, { max: delays.length });
  const settlements = leases.map((lease, at) => ({ ...refOf(lease), ...aRelease({ delayMs: delays[at]! }) }));
  expect(await store.settle(settlements)).toEqual(delays.map(() => 'OK'));
}

test.each([1, 900, 2_000, 59_999, 60_001, 600_000, 36 * HOUR_MS, LIMITS.delayMs])(
  'a job that failed is performed again %i ms later, not before, and with few looks',
  async (delayMs) => {
    const { store, clock, sweep } = await setup();
    await store.enqueue([aJob()]);
    const failedAtMs = clock.now();
    await failWith(store, [delayMs]);

    const looks = await sweep();

    expect(clock.now() - failedAtMs).toBe(delayMs);
    expect(looks).toBeLessThan(2 * WAIT_STEPS);
    expect(await reserveSome(store)).toMatchObject([{ id: 'job-1', attempt: 2, spent: 1 }]);
  },
);

test.each(['?names=own', '?names=shared'])('a broker that ends leaves its delayed jobs to the others (%s)', async (query) => {
  const { store, open, clock, sweep } = await setup(query);
  await store.enqueue([aJob()]);
  const failedAtMs = clock.now();
  await failWith(store, [HOUR_MS]);
  await store.close();

  const other = await open();
  await sweep(other);

  expect(clock.now() - failedAtMs).toBe(HOUR_MS);
  expect(await reserveSome(other)).toMatchObject([{ id: 'job-1', attempt: 2, spent: 1 }]);
});

test('more delayed jobs than reads take none from the others, and none comes early', async () => {
  const { store, clock, sweep } = await setup('?reads=2');
  const ids = Array.from({ length: 20 }, (_, at) => `job-${at}`);
  await store.enqueue(someJobs(ids));
  const failedAtMs = clock.now();
  for (const at of ids.keys()) await failWith(store, [1_000 + 100 * at]);

  await store.enqueue([aJob({ id: 'fresh' })]);
  const fresh = await reserveSome(store);
  expect(fresh).toMatchObject([{ id: 'fresh' }]);
  await store.settle(fresh.map(ackOf));

  const seen: string[] = [];
  while (seen.length < ids.length) {
    await sweep();
    for (let jobs = await reserveSome(store); jobs.length > 0; jobs = await reserveSome(store)) {
      for (const { id } of jobs) expect(clock.now() - failedAtMs).toBeGreaterThanOrEqual(1_000 + 100 * ids.indexOf(id));
      seen.push(...jobs.map(({ id }) => id));
      await store.settle(jobs.map(ackOf));
    }
  }
  expect(clock.now() - failedAtMs).toBeLessThan(1_000 + 100 * ids.length + 2_000);
  expect([...seen].sort()).toEqual([...ids].sort());
});

test('what is due comes to the tail of its queue, whoever’s it is', async () => {
  const { store, clock } = await setup();
  await store.enqueue([...someJobs(['a', 'b']), aJob({ tenant: 'globex', queue: 'bulk' })]);
  await failWith(store, [90_000, 80_000]);
  const [other] = await reserveSome(store, { wants: [{ tenant: 'globex', queue: 'bulk', max: 1 }] });
  await store.settle([{ ...refOf(other!), ...aRelease({ delayMs: 300_000 }) }]);
  await store.enqueue([aJob({ id: 'c' })]);

  clock.advance(HOUR_MS);
  const { moved, ready } = await store.promote(0, 250);

  expect({ moved, ready }).toEqual({
    moved: 3,
    ready: [
      ['acme', 'mail'],
      ['globex', 'bulk'],
    ],
  });
  expect((await reserveSome(store)).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
});

test('a sweep stops at its limit, and says that there is more', async () => {
  const { store, clock } = await setup();
  await store.enqueue(someJobs(['a', 'b', 'c']));
  await failWith(store, [90_000, 90_000, 90_000]);
  clock.advance(90_000);

  expect(await store.promote(0, 2)).toMatchObject({ moved: 2, nextInMs: 0 });
  expect(await store.promote(0, 2)).toMatchObject({ moved: 1, nextInMs: undefined });
});

test('what is no job that waits is set aside from among those that do', async () => {
  const { store, client, namespace, clock, events } = await setup();
  await client.set(`${namespace}:later-6`, Buffer.from('hello'));
  await store.enqueue([aJob()]);
  await failWith(store, [90_000]);

  clock.advance(90_000);
  expect(await store.promote(0, 10)).toMatchObject({ ready: [['acme', 'mail']] });

  expect(events).toMatchObject([{ kind: 'quarantined' }]);
  expect(Buffer.from((await client.get(`${namespace}:later-6:quarantine`)) ?? []).toString()).toBe('hello');
});

test('a job that somebody moved back before its time waits on', async () => {
  const { store, client, namespace, clock, sweep } = await setup();
  await store.enqueue([aJob()]);
  const failedAtMs = clock.now();
  await failWith(store, [90_000]);
  const item = await client.get(`${namespace}:later-6`);
  await client.set(`${namespace}:acme:mail`, item!);

  expect(await reserveSome(store)).toEqual([]);
  await sweep();

  expect(clock.now() - failedAtMs).toBe(90_000);
});

test('a step is for more than its seconds, and leads to a lower one until a job is due', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: LIMITS.delayMs }), (delayMs) => {
      let [leftMs, steps] = [delayMs, 0];
      for (let step = waitStep(leftMs), before = WAIT_STEPS; ; before = step, step = waitStep(leftMs), steps++) {
        expect(step).toBeLessThan(before);
        leftMs -= leavesAtMs(leftMs, step);
        if (leftMs <= 0) break;
      }
      expect([leftMs, steps <= WAIT_STEPS]).toEqual([0, true]);
    }),
  );
});

test('an item says when it is due only while it waits', async () => {
  const { store, client, namespace } = await setup();
  await store.enqueue([aJob()]);
  const fresh = await client.get(`${namespace}:acme:mail`, { peek: true });

  expect(readEnvelope(fresh!)).toMatchObject({ dueAtMs: 0 });
  expect(writeEnvelope({ ...readEnvelope(fresh!)!, dueAtMs: 5 }).length).toBe(fresh!.length + ',5'.length);
});

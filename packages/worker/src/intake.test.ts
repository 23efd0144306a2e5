import type { Demand } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { aJob } from './broker.test.kit.js';
import { deferred, setup } from './setup.test.kit.js';

/** Reserves that were not waited with until the jobs of the one before were settled. */
const overlapping = (asks: readonly { kind: string }[]) =>
  asks.filter(({ kind }, at) => kind === 'reserve' && asks[at - 1]?.kind === 'reserve').length;

/** Enough for the pace of a worker to be known. */
const many = (count: number) => Array.from({ length: count }, () => aJob());

test('a worker whose jobs are short has some at hand ahead of those that run', async () => {
  const { broker, worker, advance } = await setup({ jobs: many(400), concurrency: 10 });

  await advance(5_000);

  expect(worker.counters.acked).toBe(400);
  expect(overlapping(broker.asks)).toBeGreaterThan(5);
});

test('told to take none ahead, it asks for more when the last are settled', async () => {
  const { broker, worker, advance } = await setup({ jobs: many(400), concurrency: 10, ahead: 0 });

  await advance(5_000);

  expect(worker.counters.acked).toBe(400);
  expect(overlapping(broker.asks)).toBe(0);
});

test('a worker whose jobs are long takes none ahead', async () => {
  const jobs = many(60);
  const { broker, kit, advance } = await setup({
    jobs,
    concurrency: 10,
    work: () => new Promise((resolve) => kit.clock.after(1_000, () => resolve(undefined))),
  });

  await advance(500);
  const views = await Promise.all(jobs.map(({ id }) => broker.view(id)));
  await advance(1_500);
  const later = await Promise.all(jobs.map(({ id }) => broker.view(id)));
  const leased = (of: readonly { state: string }[]) => of.filter(({ state }) => state === 'leased').length;

  expect([leased(views), leased(later)]).toEqual([10, 10]);
});

test('what was taken ahead and does not come to be begun goes back, in its order and unspent', async () => {
  const gate = deferred();
  let short = true;
  const [jobs, others] = [many(400), many(30)];
  const { broker, worker, runs, advance } = await setup({
    jobs,
    concurrency: 10,
    work: () => (short ? undefined : gate.promise),
  });
  await advance(5_000);
  expect(worker.counters.acked).toBe(400);

  short = false;
  await broker.enqueue(...others);
  await advance(400);
  const wereAhead = await Promise.all(others.map(({ id }) => broker.view(id)));
  await advance(400);
  const views = await Promise.all(others.map(({ id }) => broker.view(id)));

  expect(wereAhead.filter(({ state }) => state === 'leased').length).toBeGreaterThan(10);
  expect(views.map(({ state }) => state)).toEqual([...Array(10).fill('leased'), ...Array(20).fill('ready')]);
  expect(views.every(({ spent, undelivered }) => spent === 0 && undelivered === 0)).toBe(true);
  gate.resolve();
  await advance(5_000);
  expect(worker.counters.acked).toBe(430);
  expect(runs.slice(400).map(({ id }) => id)).toEqual(others.map(({ id }) => id));
});

test('a drain hands back a job whose sign of life is under way, also when that is applied and its answer lost', async () => {
  const job = aJob();
  const { kit, broker, worker, runs, advance } = await setup({ concurrency: 1 });
  const bounds = { shard: 0, max: 1, maxBytes: 1_000, deliveryLeaseMs: 5_000, nonce: 'bbbbbbbb' };
  await broker.enqueue(job);
  await broker.store.reserve({ ...bounds, wants: [{ tenant: 'acme', queue: 'work', max: 1 }], owner: 'dead' });
  await broker.sweep('dead');
  kit.hub.onDeliver(({ kind, subject }) => (kind === 'reply' && subject.includes('.extend.') ? [] : [1]));
  await advance(500);
  expect(broker.asks.filter(({ kind }) => kind === 'extend')).toHaveLength(1);

  const drained = worker.drain();
  await advance(1_100);
  await drained;
  await advance(60_000);
  await broker.sweep();

  expect(runs).toEqual([]);
  expect(await broker.view(job.id)).toMatchObject({ state: 'ready', spent: 0, lostLeases: 0, undelivered: 1 });
});

test('while more is there, what is done is settled in the message that asks for the next', async () => {
  const { broker, worker, advance } = await setup({ jobs: many(400), concurrency: 10 });

  await advance(5_000);

  const alone = broker.asks.filter(({ kind }) => kind === 'settle');
  const carried = broker.asks.filter(({ body }) => (body as Partial<Demand>).settlements !== undefined);
  expect(worker.counters.acked).toBe(400);
  expect(carried.length).toBeGreaterThan(3 * alone.length);
});

test('where nothing more is there a reserve stays parked, and what is done is settled beside it', async () => {
  const { broker, advance } = await setup({ jobs: many(3), concurrency: 10 });

  await advance(1_000);

  expect(broker.asks.map(({ kind }) => kind).sort()).toEqual(['reserve', 'reserve', 'settle']);
});

import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineJob, type JobHandle, Tiercel } from '../index.js';
import { aKind, setup, untilAborted } from './setup.test.kit.js';

const START = '2030-01-01T00:00:00.000Z';

test('nothing is performed until time is let pass, and then everything when it is due', async () => {
  const { job, seen } = aKind('Note', ({ data }) => `saw ${data}`);
  const { t, dev } = await setup([job], { startAt: START });
  const [now, later] = [await dev.enqueue(job, 'now'), await dev.enqueue(job, 'later', { delay: '1h' })];
  expect([(await now.status())?.state, (await later.status())?.state, seen]).toEqual(['ready', 'scheduled', []]);

  await t.settle();
  expect([await now.result(), seen, t.now().toISOString()]).toEqual(['saw now', ['now'], START]);
  await t.advance('59m');
  expect(seen).toEqual(['now']);
  await t.advance('1m');

  expect([await later.result(), t.now().toISOString()]).toEqual(['saw later', '2030-01-01T01:00:00.000Z']);
});

test('it is a Tiercel, and definitions keep their types', async () => {
  const greet = defineJob('Greet', { queue: 'q', data: z.object({ name: z.string(), times: z.coerce.number() }) }, ({ data }) =>
    data.name.repeat(data.times),
  );
  const { t, dev } = await setup([greet]);

  const job = await dev.enqueue(greet, { name: 'ho', times: 2 });
  await t.drain();

  expectTypeOf(job).toEqualTypeOf<JobHandle<string>>();
  t.expectPerformed(greet, { data: { name: 'ho', times: 2 } });
  t.expectEnqueued(greet, { data: ({ name }) => name === 'ho' });
  // @ts-expect-error data that the schema does not take
  t.expectNotEnqueued(greet, { data: { name: 7 } });
  expect([t instanceof Tiercel, await job.result()]).toEqual([true, 'hoho']);
  await expect(dev.enqueue(greet, { name: 7 as never, times: 1 })).rejects.toMatchObject({ code: 'BAD_DATA' });
});

test('a retry comes after its backoff, a job out of attempts is a dead letter, and a revived one is performed again', async () => {
  const { job, seen } = aKind('Flaky', () => Promise.reject(new Error('no luck')), { attempts: 3, backoff: { delay: '1m' } });
  const { t, dev } = await setup([job]);
  const { id } = await dev.enqueue(job, 1);

  await t.settle();
  expect(seen).toHaveLength(1);
  await t.drain();
  t.expectDead(job, { data: 1, reason: 'no luck' });
  expect(await t.deadLetters({ name: 'Flaky' })).toMatchObject([{ id, data: 1, spent: 3, reason: 'Error: no luck' }]);
  await dev.jobs.revive([id]);
  await t.settle();

  expect(seen).toHaveLength(4);
});

test.each([1, 2, 3, 4, 5, 6])('a retry that is due at once is performed at once, seed %i', async (seed) => {
  const { job } = aKind('Hasty', () => Promise.reject(new Error('no luck')), { attempts: 3, backoff: { delay: 1, max: 1 } });
  const { t, dev } = await setup([job], { seed });
  await dev.enqueue(job, 1);

  await t.drain();

  t.expectDead(job);
});

test('a handler hears of its timeout and of a cancel in virtual time', async () => {
  const { job } = aKind('Slow', untilAborted, { timeout: '5m', attempts: 1 });
  const { t, dev } = await setup([job], { startAt: START, signalMs: 10 });
  const [late, unwanted] = [await dev.enqueue(job, 'late'), await dev.enqueue(job, 'unwanted')];

  await t.settle();
  expect(await t.jobs({ state: 'leased' })).toHaveLength(2);
  await unwanted.cancel();
  await t.advance('1m');
  expect((await unwanted.status())?.state).toBe('cancelled');
  await t.advance('4m');

  t.expectDead(job, { data: 'late', reason: /^TIMEOUT: ran longer than 300000 ms$/ });
  expect((await late.status())?.atMs).toBe(new Date(START).getTime() + 300_000);
});

test('priorities, pauses, times to live and tenants are the real ones', async () => {
  const { job, seen } = aKind('Note', ({ data, tenant }) => `${tenant}: ${data}`);
  const { t, dev } = await setup([job], { concurrency: 1 });
  const acme = t.tenant('acme');
  await dev.enqueue(job, 'last', { priority: 9 });
  await dev.enqueue(job, 'first', { priority: 0 });
  await acme.jobs.pause('q');
  const [held, old] = [await acme.enqueue(job, 'held'), await acme.enqueue(job, 'old', { ttl: '10m' })];

  await t.advance('10m');
  expect([seen, (await old.status())?.state]).toEqual([['first', 'last'], 'expired']);
  await t.drain();
  expect(await t.jobs({ tenant: 'acme', state: 'ready' })).toMatchObject([{ id: held.id, data: 'held', queue: 'q' }]);
  await acme.jobs.resume('q');
  await t.settle();

  expect(await held.result()).toBe('acme: held');
});

test('a failed assertion says what there is instead, from where it was called', async () => {
  const { job } = aKind('Welcome');
  const { job: other } = aKind('Other');
  const { t, dev } = await setup([job], { startAt: START });
  await dev.enqueue(job, 'ann', { id: 'one', delay: '1h' });
  const messageOf = (act: () => void): string => {
    try {
      act();
    } catch (error) {
      expect((error as Error).name).toBe('AssertionError');
      expect((error as Error).stack).not.toContain('test-tiercel.js');
      return (error as Error).message;
    }
    throw new Error('it did not throw');
  };

  expect(messageOf(() => t.expectEnqueued(job, { data: 'bob', tenant: 'dev' }))).toBe(
    "expected a Welcome (data 'bob', tenant dev) to have been enqueued; what has:\n" +
      "  Welcome one (tenant dev, queue q): 'ann', due 2030-01-01T01:00:00.000Z",
  );
  expect(messageOf(() => t.expectNotEnqueued(job))).toMatch(
    /^expected no Welcome to have been enqueued, got 1; what has:\n {2}Welcome one/,
  );
  expect(messageOf(() => t.expectPerformed(job))).toBe('expected a Welcome to have been performed; what has: nothing');
  expect(messageOf(() => t.expectDead(job, { reason: 'x' }))).toBe(
    "expected a Welcome (reason 'x') to have died; what has: nothing",
  );
  t.expectEnqueued(job, { data: 'ann', delay: '1h', times: 1 });
  t.expectNotEnqueued(job, { delay: '2h' });
  t.expectNotEnqueued(other);
});

test('what a handler enqueues is performed too, and it may wait for it', async () => {
  const { job: part, seen } = aKind('Part', ({ data }) => Number(data) * 2);
  const { job: whole } = aKind('Whole', async () => {
    const parts = await Promise.all([1, 2].map((n) => dev.enqueue(part, n, { delay: `${n}m` })));
    return Promise.all(parts.map((one) => one.result({ timeout: '1h' })));
  });
  const { t, dev } = await setup([part, whole], { handlerMs: 500 });

  const job = await dev.enqueue(whole, null);
  await t.drain();

  expect([await job.result(), seen]).toEqual([
    [2, 4],
    [1, 2],
  ]);
});

test('a job of a process of its own is performed here', async () => {
  const { job, seen } = aKind('Apart', () => undefined, { isolation: 'process' });
  const { t, dev } = await setup([job]);

  await dev.enqueue(job, 1);
  await t.settle();

  expect(seen).toEqual([1]);
});

test('what cannot be is refused where it is written', async () => {
  await expect(setup([], { startAt: 'soon' })).rejects.toMatchObject({ code: 'BAD_OPTION', facts: { option: 'startAt' } });
  const { t } = await setup([]);
  await expect(t.advance('soon' as never)).rejects.toMatchObject({ code: 'BAD_OPTION', facts: { option: 'advance' } });
  await expect(t.advance('367d')).rejects.toMatchObject({ code: 'BAD_OPTION' });
});

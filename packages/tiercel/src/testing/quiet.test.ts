import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { aKind, setup, untilAborted } from './setup.test.kit.js';

test('time stands still for handlers that wait for the real world, and all of it is done when time has passed', async () => {
  const server = createServer((_, answer) => setImmediate(() => answer.end('pong'))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const times: number[] = [];
  const { job } = aKind('Fetch', async () => {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    const text = await (await fetch(`http://127.0.0.1:${port}`)).text();
    times.push(t.now().getTime());
    return text;
  });
  const { t, dev } = await setup([job], { concurrency: 2, handlerMs: 8_000 });
  const began = t.now().getTime();
  const jobs = await Promise.all([1, 2, 3, 4, 5].map((n) => dev.enqueue(job, n)));

  await t.advance('1h');

  expect(await Promise.all(jobs.map((each) => each.result()))).toEqual(new Array(5).fill('pong'));
  expect(times).toEqual(new Array(5).fill(began));
});

test('a handler that does not end is named, with its remedy, and does not keep the test from closing', async () => {
  const { job } = aKind('Hang', () => new Promise(() => {}));
  const { t, dev } = await setup([job], { handlerMs: 30 });
  await dev.enqueue(job, 1, { id: 'one' });

  await expect(t.settle()).rejects.toThrow(
    'HANDLER_RUNS: after 30 ms of real time this still runs:\n' +
      '  Hang one (tenant dev, queue q), attempt 1\n' +
      'If it waits for its timeout or for a cancel, let it listen to its `signal`',
  );
});

test('a handler that goes on after it was asked to stop is named too', async () => {
  const { job } = aKind('Stubborn', ({ signal }) => new Promise(() => signal.addEventListener('abort', () => {})), {
    timeout: '1m',
  });
  const { t, dev } = await setup([job], { handlerMs: 100, signalMs: 10 });
  await dev.enqueue(job, 1, { id: 'one' });

  await expect(t.drain()).rejects.toThrow('Stubborn one (tenant dev, queue q), attempt 1, asked to stop: timeout');
});

test('a handler that cleans up in the real world after it was asked to stop is waited for', async () => {
  const { job } = aKind('Clean', async (input) => {
    await Promise.resolve(untilAborted(input)).catch(() => {});
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    return 'clean';
  });
  const { t, dev } = await setup([job], { signalMs: 10 });

  const handle = await dev.enqueue(job, 1, { timeout: '1m' });
  await t.advance('1m');

  expect(await handle.result()).toBe('clean');
});

test('a job that keeps coming back ends the drain, and is named', async () => {
  const { job: poll } = aKind('Poll', async () => void (await dev.enqueue(poll, null, { delay: '1m' })));
  const { job: once } = aKind('Once');
  const { t, dev } = await setup([poll, once], { maxRuns: 50 });
  await dev.enqueue(once, null);
  await dev.enqueue(poll, null);

  await expect(t.drain()).rejects.toThrow(
    /^KEEPS_COMING: more than 50 runs, and no end:\n {2}50 × Poll, last Poll .*, returned\n {2}1 × Once/,
  );
  const { length } = await t.jobs({ name: 'Poll', state: 'completed' });
  await t.advance('10m');

  expect(await t.jobs({ name: 'Poll', state: 'completed' })).toHaveLength(length + 10);
});

test('a job without a limit of attempts that always fails is named with what it threw', async () => {
  const { job } = aKind('Endless', () => Promise.reject(new Error('no luck')), { attempts: 0 });
  const { t, dev } = await setup([job], { maxRuns: 20 });
  await dev.enqueue(job, null, { id: 'one' });

  await expect(t.drain()).rejects.toThrow(
    /21 × Endless, last Endless one \(tenant dev, queue q\), attempt 21, at .*, threw Error: no luck/,
  );
});

test('nobody waits for a job while time stands still, but one may wait beside a drain', async () => {
  const { job } = aKind('Note', () => 'done');
  const { t, dev } = await setup([job], { startAt: '2030-01-01T00:00:00Z' });
  const handle = await dev.enqueue(job, 1, { id: 'one', delay: '1h' });

  await expect(handle.result()).rejects.toThrow(
    /^TIME_STANDS_STILL: Note one \(tenant dev, queue q\) is scheduled until 2030-01-01T01:00:00.000Z/,
  );
  expect(await Promise.all([handle.result(), t.drain()])).toEqual(['done', undefined]);
});

test('time that is passing cannot be let pass, not by a handler and not by the test', async () => {
  const { job } = aKind('Impatient', () => t.advance('1h'), { attempts: 1 });
  const { t, dev } = await setup([job]);
  await dev.enqueue(job, 1);

  const [first, second] = await Promise.allSettled([t.settle(), t.settle()]);

  expect([first.status, second]).toMatchObject(['fulfilled', { reason: { code: 'TIME_PASSES' } }]);
  t.expectDead(job, { reason: 'TIME_PASSES' });
});

test('at the end handlers are asked to stop and their jobs are handed back', async () => {
  const { job } = aKind('Slow', untilAborted);
  const { t, dev } = await setup([job], { signalMs: 10 });
  await dev.enqueue(job, 1);
  await t.settle();
  const began = t.now().getTime();

  await t.close();

  expect((await t.jobs())[0]).toMatchObject({
    state: 'ready',
    spent: 0,
    reason: expect.stringMatching(/^(DRAINING|RELEASED)/), // the latter when a reserve that was under way met it once more
  });
  expect(t.now().getTime() - began).toBeLessThan(60_000);
});

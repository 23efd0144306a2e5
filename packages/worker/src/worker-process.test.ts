import { fork } from 'node:child_process';
import { realClock } from '@tiercel/actors';
import { decodeData } from '@tiercel/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { aJob } from './broker.test.kit.js';
import { exitOf, isAlive, pidsIn, realSetup, until } from './real.test.kit.js';

const SLOW = 30_000;
const LEASE_MS = 1_200;

test('a handler that blocks the loop for three leases is not run twice, and neither are twenty beside it', {
  timeout: SLOW,
}, async () => {
  const { broker, forkWorker } = await realSetup();
  const beside = Array.from({ length: 20 }, () => aJob({ name: 'Wait', data: { ms: 2_000 }, leaseMs: LEASE_MS }));
  const blocking = aJob({ name: 'Block', data: { ms: 3 * LEASE_MS }, leaseMs: LEASE_MS });
  await broker.enqueue(...beside, blocking);

  forkWorker();

  for (const { id } of [...beside, blocking]) await until(async () => (await broker.view(id)).state === 'completed');
  for (const { id } of [...beside, blocking]) expect(await broker.view(id)).toMatchObject({ attempt: 1, lostLeases: 0 });
});

test('an endless loop costs its process and one attempt; its neighbours lose nothing', { timeout: SLOW }, async () => {
  const { broker, forkWorker } = await realSetup();
  const beside = Array.from({ length: 5 }, () => aJob({ name: 'Wait', data: { ms: 60_000 }, leaseMs: LEASE_MS }));
  const endless = aJob({ name: 'Loop', timeoutMs: 300, leaseMs: LEASE_MS });
  await broker.enqueue(...beside, endless);

  expect(await exitOf(forkWorker())).toBe('SIGKILL');

  expect(await broker.view(endless.id)).toMatchObject({
    state: 'ready',
    spent: 1,
    lostLeases: 0,
    reason: 'TIMEOUT: event loop blocked',
  });
  for (const { id } of beside) expect(await broker.view(id)).toMatchObject({ state: 'ready', spent: 0, lostLeases: 0 });
});

test('a worker whose loop is blocked dies with its parent', { timeout: SLOW }, async () => {
  const { broker, file } = await realSetup();
  await broker.enqueue(aJob({ name: 'Loop', leaseMs: LEASE_MS }));
  const argument = JSON.stringify({ socket: file('broker.sock'), graceMs: 200, concurrency: 5, watchParent: true });
  const script = `process.send(require('node:child_process').fork(process.argv[1], [process.argv[2]], { execArgv: [] }).pid); setInterval(() => {}, 1e6)`;
  const parent = fork('-e', [script, new URL('./worker-process.test.kit.js', import.meta.url).pathname, argument], {
    execArgv: [],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const pid = await new Promise<number>((resolve) => parent.once('message', (message) => resolve(message as number)));
  await until(() => broker.asks.some(({ kind }) => kind === 'extend'));
  expect(isAlive(pid)).toBe(true);

  parent.kill('SIGKILL');

  await until(() => !isAlive(pid), 3_000);
});

test('children end with their worker, also when their loop is blocked', { timeout: SLOW }, async () => {
  const { broker, file, forkWorker } = await realSetup();
  await broker.enqueue(aJob({ name: 'LoopInChild', data: { file: file('pids') } }));
  const worker = forkWorker();
  const pids = await until(() => pidsIn(file('pids')));
  expect(pids.every(isAlive)).toBe(true);

  worker.kill('SIGKILL');

  await until(() => !pids.some(isAlive), 3_000);
});

test('a child that does not stop in time is killed with all it started, and one attempt is spent', { timeout: SLOW }, async () => {
  const { broker, file, forkWorker } = await realSetup();
  const job = aJob({ name: 'LoopInChild', data: { file: file('pids') }, timeoutMs: 500, attempts: 1 });
  await broker.enqueue(job);
  forkWorker();
  const pids = await until(() => pidsIn(file('pids')));

  await until(async () => (await broker.view(job.id)).state === 'dead');

  expect(await broker.view(job.id)).toMatchObject({ spent: 1, lostLeases: 0, reason: 'TIMEOUT: ran longer than 500 ms' });
  await until(() => !pids.some(isAlive));
});

test('a job that kills its process at once is found out and dies; its neighbours are done', { timeout: SLOW }, async () => {
  const { broker, forkWorker } = await realSetup();
  const poison = aJob({ name: 'Die', leaseMs: LEASE_MS, attempts: 0, backoffMs: 1, backoffMaxMs: 1 });
  const beside = Array.from({ length: 5 }, () => aJob({ name: 'Wait', data: { ms: 500 }, leaseMs: LEASE_MS }));
  await broker.enqueue(...beside, poison);

  expect(await exitOf(forkWorker())).toBe('SIGKILL'); // before any sign of life: undelivered
  expect(await exitOf(forkWorker())).toBe('SIGKILL'); // after one: a lost lease
  forkWorker();

  await until(async () => (await broker.view(poison.id)).state === 'dead');
  expect(await broker.view(poison.id)).toMatchObject({ lostLeases: 4, reason: 'SIGNAL SIGKILL' });
  for (const { id } of beside) await until(async () => (await broker.view(id)).state === 'completed');
  for (const { id } of beside) expect((await broker.view(id)).lostLeases).toBeLessThanOrEqual(1);
});

test('a worker drains on request, and a process job carries its result', { timeout: SLOW }, async () => {
  const { broker, forkWorker } = await realSetup();
  const job = aJob({ name: 'Pid' });
  const waiting = aJob({ name: 'Wait', data: { ms: 2_000 } });
  await broker.enqueue(job, waiting);
  const worker = forkWorker();
  await until(async () => (await broker.view(job.id)).state === 'completed');

  const began = realClock.monotonic();
  worker.send('drain');

  expect(await exitOf(worker)).toBe(0);
  expect(realClock.monotonic() - began).toBeLessThan(5_000);
  const [done] = await broker.store.find('acme', [job.id], { payload: false });
  expect(decodeData(done?.result as Uint8Array)).not.toBe(worker.pid);
  expect((await broker.view(waiting.id)).state).toBe('completed');
});

import { type Log, silentLog } from '@tiercel/actors';
import { decodeData, type LeasedJob } from '@tiercel/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { aLeasedJob } from './broker.test.kit.js';
import { childEnv } from './child-env.js';
import { ChildPool } from './child-pool.js';
import type { Verdict } from './outcome.js';
import { HANDLERS, isAlive, pidsIn, realSetup, until } from './real.test.kit.js';

function setup(log: Log = silentLog, path = HANDLERS) {
  const pool = new ChildPool({ paths: [path], env: childEnv(process.env), log });
  onTestFinished(() => pool.stop());
  const run = (job: LeasedJob) => pool.run(job).verdict;
  return { pool, run };
}

const resultOf = (verdict: Verdict): unknown =>
  verdict.ended === 'returned' && verdict.result ? decodeData(verdict.result) : verdict;

test('a child does one job after another', async () => {
  const { pool, run } = setup();

  const first = resultOf(await run(aLeasedJob({ name: 'Pid' })));
  const second = resultOf(await run(aLeasedJob({ name: 'Pid' })));

  expect(second).toBe(first);
  expect(pool.size).toBe(1);
});

test('two jobs at once get two children', async () => {
  const { run } = setup();

  const pids = await Promise.all([run(aLeasedJob({ name: 'Pid' })), run(aLeasedJob({ name: 'Pid' }))]);

  expect(resultOf(pids[0])).not.toBe(resultOf(pids[1]));
});

test('what a handler throws, and its unknown name, come back as in the worker itself', async () => {
  const { run } = setup();

  expect(await run(aLeasedJob({ name: 'Throw' }))).toEqual({ ended: 'threw', reason: 'TypeError: not today', permanent: false });
  expect(await run(aLeasedJob({ name: 'Nobody' }))).toMatchObject({ ended: 'threw', permanent: true });
});

test.each([
  ['Abort', 'SIGNAL SIGABRT'],
  ['Exit', 'EXIT 3'],
  ['Die', 'SIGNAL SIGKILL'],
])('a child that ends under its job (%s) is a verdict with why', async (name, reason) => {
  const { pool, run } = setup();

  expect(await run(aLeasedJob({ name }))).toEqual({ ended: 'died', reason });
  await until(() => pool.size === 0);
});

test('an idle child that is killed is replaced without anybody noticing', async () => {
  const { pool, run } = setup();
  const pid = resultOf(await run(aLeasedJob({ name: 'Pid' }))) as number;

  process.kill(pid, 'SIGKILL');
  await until(() => pool.size === 0);

  expect(resultOf(await run(aLeasedJob({ name: 'Pid' })))).not.toBe(pid);
});

test('an abort reaches the handler with its cause', async () => {
  const { file } = await realSetup();
  const { pool } = setup();

  const run = pool.run(aLeasedJob({ name: 'UntilAborted', data: { file: file('pids') } }));
  await until(() => pidsIn(file('pids')));
  run.abort('timeout');

  expect(await run.verdict).toMatchObject({ ended: 'threw', reason: 'ABORTED: the job has run for as long as it may' });
});

test('a kill ends the child and all it started', async () => {
  const { file } = await realSetup();
  const { pool } = setup();
  const run = pool.run(aLeasedJob({ name: 'LoopInChild', data: { file: file('pids') } }));
  const pids = await until(() => pidsIn(file('pids')));

  run.kill?.();

  expect(await run.verdict).toEqual({ ended: 'died', reason: 'SIGNAL SIGKILL' });
  await until(() => !pids.some(isAlive));
});

test('a child sees only the environment it needs', async () => {
  const { run } = setup();

  const names = resultOf(await run(aLeasedJob({ name: 'Env' }))) as string[];

  expect(
    names.filter((name) => !['HOME', 'LANG', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'PATH', 'TZ'].includes(name)),
  ).toEqual([]);
});

test('what a child logs and writes goes to the log, line by line and bounded', async () => {
  const logged: { readonly facts: Record<string, unknown>; readonly message: string }[] = [];
  const log: Log = { ...silentLog, info: (facts, message) => void logged.push({ facts: { ...facts }, message }), child: () => log };
  const { run } = setup(log);

  await run(aLeasedJob({ name: 'Talk' }));

  await until(() => logged.length === 2);
  expect(logged).toContainEqual({ facts: expect.objectContaining({ step: 1, name: 'Talk' }), message: 'step done' });
  expect(logged).toContainEqual({ facts: { stream: 'stdout', line: 'x'.repeat(2_000) }, message: 'child wrote' });
});

test('a child that throws what cannot be shown has a reason all the same', async () => {
  const { run } = setup();

  expect(await run(aLeasedJob({ name: 'ThrowNothingToShow' }))).toEqual({
    ended: 'threw',
    reason: 'threw something that cannot be shown',
    permanent: false,
  });
});

test('messages that are not ours are ignored', async () => {
  const ignored: string[] = [];
  const log: Log = { ...silentLog, debug: (_, message) => void ignored.push(message), child: () => log };
  const { run } = setup(log);

  expect(await run(aLeasedJob({ name: 'Chat' }))).toEqual({ ended: 'returned' });

  expect(ignored).toEqual(Array.from({ length: 9 }, () => 'message ignored'));
});

test('a child that cannot load the handlers fails the job, not for good, and is not used again', async () => {
  const { pool, run } = setup(silentLog, '/nowhere/handlers.mjs');

  expect(await run(aLeasedJob())).toMatchObject({
    ended: 'threw',
    permanent: false,
    reason: expect.stringMatching(/^HANDLERS_NOT_LOADED: /),
  });

  await until(() => pool.size === 0);
});

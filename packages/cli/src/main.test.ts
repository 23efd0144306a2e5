import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const TIERCEL = fileURLToPath(new URL('../bin/tiercel.js', import.meta.url));
/** Nobody listens on port 1. */
const NOWHERE = 'nats://user:hunter2@127.0.0.1:1';

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, TIERCEL_NATS_URL: NOWHERE };
  return new Promise((resolve) => {
    execFile(process.execPath, [TIERCEL, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

test('--help succeeds, of the command and of a service', async () => {
  const [all, consumer] = await Promise.all([run('--help'), run('start', 'consumer', '--help')]);

  expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('enqueue') });
  expect(consumer).toMatchObject({ code: 0, stdout: expect.stringContaining('--handlers') });
}, 20_000);

test('the version is that of the package, and the help of start and enqueue tells services and defaults', async () => {
  const [version, start, enqueue] = await Promise.all([run('--version'), run('start', '--help'), run('enqueue', '--help')]);

  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(start).toMatchObject({ code: 0, stdout: expect.stringMatching(/producer, broker-adapter, consumer,\s+supervisor/) });
  expect(enqueue.stdout).toMatch(/--timeout <duration> .*15m/);
}, 20_000);

test.each([
  ['what was refused', ['queue', 'ls', '--json'], 'UNREACHABLE', 5],
  ['wrong usage', ['queue', 'ls', '--json', '--quee'], 'BAD_OPTION', 2],
])(
  'with --json %s is JSON on stderr',
  async (_what, args, errorCode, exitCode) => {
    const { code, stderr, stdout } = await run(...args);

    expect(JSON.parse(stderr)).toEqual({
      error: { code: errorCode, message: expect.not.stringContaining(errorCode), facts: expect.any(Object) },
    });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  },
  20_000,
);

test.each([
  ['a missing argument', ['enqueue', 'hello_world'], 'missing required argument'],
  ['an unknown option', ['queue', 'ls', '--jsno'], 'unknown option'],
  ['an unknown command', ['enqeue'], 'unknown command'],
  ['a time that is none', ['enqueue', 'q', 'N', '--at', 'tomorrow'], 'option=--at'],
  ['data that is no JSON', ['enqueue', 'q', 'N', '{"foo"'], 'BAD_OPTION: '],
  ['a faulty flag', ['queue', 'ls', '--tenant', 'a b'], '--tenant: expected'],
  ['an unknown flag of a service', ['start', 'consumer', '--quee', 'a'], 'did you mean --queue?'],
  ['a missing flag of a service', ['start', 'consumer'], '--handlers: expected'],
  ['an unknown service', ['start', 'consmer'], 'expected=producer, broker-adapter, consumer, supervisor'],
])(
  '%s is wrong usage and ends with 2',
  async (_what, args, said) => {
    const { code, stderr } = await run(...args);

    expect(stderr).toContain(said);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
  },
  20_000,
);

test('no server at the URL is one line with its code, without the password, and ends with 5', async () => {
  const { code, stderr, stdout } = await run('enqueue', 'q', 'N');

  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^UNREACHABLE: /);
  expect(stderr).not.toContain('hunter2');
  expect(stdout).toBe('');
  expect(code).toBe(5);
}, 20_000);

test.each(['2030-01-31', '2030-01-31T08:00', '2030-01-31T08:00:00.5Z', '2030-01-31T08:00:00+01:00'])(
  '--at %s is a time',
  async (time) => {
    expect(await run('enqueue', 'q', 'N', '--at', time)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^UNREACHABLE: /),
    });
  },
  20_000,
);

test('a handler module that does not load is one line with its code', async () => {
  const { code, stderr } = await run('start', 'consumer', '--handlers', '/nowhere/handlers.mjs');

  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^HANDLERS_NOT_LOADED: .*\/nowhere\/handlers\.mjs.*check the path/);
  expect(code).toBe(2);
}, 20_000);

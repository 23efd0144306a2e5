import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './run.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MINUTE = 60_000;
const SERVICES = ['broker-adapter', 'consumer', 'producer', 'supervisor'];

/** What `npm start` shows; `env` is added to its own. */
const start = (flags: readonly string[], env: Record<string, string> = {}) =>
  run(process.execPath, ['deploy/start.mjs', '--once', ...flags], { cwd: ROOT, timeoutMs: 2 * MINUTE, env });

const pidsOf = (stdout: string) =>
  new Map(Array.from(stdout.matchAll(/^\[([a-z-]+) (\d+)\]/gm), (match) => [match[1], match[2]] as const));

/** A machine with Node only, and a folder for its jobs. */
function bareMachine(): Record<string, string> {
  const [path, data] = ['path', 'data'].map((name) => mkdtempSync(join(tmpdir(), `tiercel-${name}-`))) as [string, string];
  onTestFinished(() => {
    for (const each of [path, data]) rmSync(each, { recursive: true });
  });
  symlinkSync(process.execPath, join(path, 'node'));
  return { PATH: path, TIERCEL_DATA: data };
}

test('npm start shows four processes at work and a table of what was done', { timeout: 2 * MINUTE }, async () => {
  const { code, stdout } = await run('npm', ['start', '--silent', '--', '--once'], { cwd: ROOT, timeoutMs: 2 * MINUTE });

  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toMatch(/^Tiercel runs as .*because.*; jobs are kept in .*because/);
  expect([...pidsOf(stdout).keys()].sort()).toEqual(SERVICES);
  for (const tenant of ['dev', 'acme'])
    expect(stdout).toMatch(new RegExp(`^${tenant} +HelloWorld +\\S+ +completed +1 +"Hello, world! bar"`, 'm'));
});

test('without servers on the PATH it is four processes as well, over a socket, and says so', { timeout: 2 * MINUTE }, async () => {
  const { code, stdout } = await start([], bareMachine());

  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toMatch(
    /four processes over a Unix socket, because.*nats-server.*next time, because.*redis-server/,
  );
  expect([...pidsOf(stdout).keys()].sort()).toEqual(SERVICES);
  expect(new Set(pidsOf(stdout).values()).size).toBe(4);
  expect(stdout).toMatch(/^acme +HelloWorld +\S+ +completed/m);
});

test('everything is in one process where that was asked for', { timeout: 2 * MINUTE }, async () => {
  const { code, stdout } = await start(['--single'], bareMachine());

  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toMatch(/one process.*because you asked for it/);
  expect(new Set(pidsOf(stdout).values()).size).toBe(1);
  expect(stdout).toMatch(/^acme +HelloWorld +\S+ +completed/m);
});

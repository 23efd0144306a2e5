import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './run.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MINUTE = 60_000;

test('npm start shows four processes at work and a table of what was done', { timeout: 2 * MINUTE }, async () => {
  const { code, stdout } = await run('npm', ['start', '--silent', '--', '--once'], { cwd: ROOT, timeoutMs: 2 * MINUTE });

  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toMatch(/^Tiercel runs as .*because.*; jobs are kept in .*because/);
  const speakers = new Set(Array.from(stdout.matchAll(/^\[([a-z-]+) (\d+)\]/gm), (match) => match[1]));
  for (const service of ['producer', 'broker-adapter', 'consumer', 'supervisor']) expect(speakers).toContain(service);
  for (const tenant of ['dev', 'acme'])
    expect(stdout).toMatch(new RegExp(`^${tenant} +HelloWorld +\\S+ +completed +1 +"Hello, world! bar"`, 'm'));
});

test('without servers on the PATH everything runs in one process, and says so', { timeout: 2 * MINUTE }, async () => {
  const path = mkdtempSync(join(tmpdir(), 'tiercel-path-'));
  symlinkSync(process.execPath, join(path, 'node'));

  const { code, stdout } = await run(process.execPath, ['deploy/start.mjs', '--once'], {
    cwd: ROOT,
    timeoutMs: 2 * MINUTE,
    env: { PATH: path },
  });
  rmSync(path, { recursive: true });

  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toMatch(/one process.*because.*nats-server.*memory/);
  expect(stdout).toMatch(/^acme +HelloWorld +\S+ +completed/m);
});

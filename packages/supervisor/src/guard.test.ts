import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { realClock } from '@tiercel/actors';
import { expect, onTestFinished, test } from 'vitest';
import { spawnProcess } from './spawn-process.js';

const GUARD = fileURLToPath(new URL('./guard.js', import.meta.url));
/** Stays until it is told to end. */
const SERVER = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6); process.stderr.write(process.pid + '\\n')`;
/** Starts the guard as a supervisor would. */
const PARENT = `
  import { spawn } from 'node:child_process';
  spawn(process.execPath, [${JSON.stringify(GUARD)}, String(process.pid), process.execPath, '-e', ${JSON.stringify(SERVER)}], {
    stdio: ['ignore', 'inherit', 'inherit'], detached: true,
  });
  setInterval(() => {}, 1e6);`;

async function firstPid(process: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: process.stderr! })) if (/^\d+$/.test(line)) return Number(line);
  throw new Error('no process id was printed');
}

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Awaits the end of a process that is no child of this one; the test's own time limit bounds it. */
async function gone(pid: number): Promise<void> {
  while (lives(pid)) await new Promise<void>((resolve) => realClock.after(20, resolve));
}

/** What another process writes to a file, as soon as it is there. */
async function writtenTo(file: string): Promise<string> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text) return text;
    await new Promise<void>((resolve) => realClock.after(20, resolve));
  }
}

test('a guarded server is killed when the process that started its guard is killed', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const server = await firstPid(parent);
  expect(lives(server)).toBe(true);

  parent.kill('SIGKILL');
  await gone(server);
}, 10_000);

test('a guard whose parent was gone before it started does not start the server', async () => {
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  const args = [GUARD, String(dead.pid), process.execPath, '-e', SERVER];
  const guard = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void guard.kill());
  let said = '';
  guard.stderr.on('data', (chunk) => {
    said += chunk;
  });

  expect(await once(guard, 'close')).toEqual([1, null]);
  expect(said).toBe('');
}, 10_000);

test('a guard whose channel is closed before it started ends as well', async () => {
  const args = [GUARD, String(process.pid), process.execPath, '-e', SERVER];
  const guard = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  onTestFinished(() => void guard.kill());
  guard.disconnect();

  expect(await once(guard, 'exit')).toEqual([1, null]);
}, 10_000);

test('a guard hands SIGTERM on and ends as its server does', async () => {
  const guard = spawn(process.execPath, [GUARD, String(process.pid), process.execPath, '-e', SERVER], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const server = await firstPid(guard);

  guard.kill('SIGTERM');

  expect(await once(guard, 'exit')).toEqual([0, null]);
  await gone(server);
}, 10_000);

test('a command that does not exist is said, and ends the guard with 1', async () => {
  const guard = spawn(process.execPath, [GUARD, String(process.pid), '/nowhere/nats-server'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  guard.stderr.on('data', (chunk) => {
    said += chunk;
  });

  expect(await once(guard, 'close')).toEqual([1, null]);
  expect(said).toContain('/nowhere/nats-server could not be started');
}, 10_000);

test('a killed process takes along what it started in its group', async () => {
  const leader = `const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    process.send({ ready: true }, () => require('node:fs').writeFileSync(process.argv.at(-1), String(child.pid)));`;
  const file = join(await mkdtemp(join(tmpdir(), 'tiercel-')), 'pid');
  onTestFinished(() => rm(dirname(file), { recursive: true }));
  const child = spawnProcess({ command: process.execPath, args: ['-e', leader, '--', file], env: process.env });
  const grandchild = Number(await writtenTo(file));

  process.kill(child.pid!, 'SIGKILL');

  expect(await child.ended).toMatchObject({ signal: 'SIGKILL', ready: true });
  await gone(grandchild);
}, 10_000);

test('a process that cannot be started says why', async () => {
  const child = spawnProcess({ command: '/nowhere/at-all', args: [], env: {} });

  expect(await child.ended).toMatchObject({ code: null, fault: expect.stringContaining('ENOENT') });
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@tiercel/actors/testing';
import { freshDir } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { cutPower, type Tear } from './disk.js';
import { shimEnv } from './shim.js';

/** Runs a program that has `fs` and the `file` it writes, then cuts the power. Answers what is left of the file, and how it ended. */
function afterCut(program: string, { tear = 'none', cutAt = 0 }: { tear?: Tear; cutAt?: number } = {}) {
  const home = realpathSync(freshDir('disk'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const [dir, log] = [join(home, 'disk'), join(home, 'log')];
  mkdirSync(dir);
  const script = `const fs = require('fs'); const file = ${JSON.stringify(join(dir, 'a'))}; ${program}`;
  const { signal, stderr } = spawnSync(process.execPath, ['-e', script], { env: shimEnv({ dir, log, cutAt }), encoding: 'utf8' });
  expect(stderr).toBe('');
  const cut = cutPower(dir, log, tear, seededRandom(1));
  return { left: readFileSync(join(dir, 'a'), 'latin1'), signal, cut };
}

test('what was flushed stays, and what was written since does not', () => {
  const { left, cut } = afterCut(`
    const fd = fs.openSync(file, 'w');
    fs.writeSync(fd, 'one'); fs.fsyncSync(fd); fs.writeSync(fd, 'two'); fs.fdatasyncSync(fd);
    fs.writeSync(fd, 'three'); fs.writeSync(fd, 'X', 0);`);

  expect(left).toBe('onetwo');
  expect(cut).toEqual({ files: 1, atRiskBytes: 6 });
});

test('a flush of one file is none of another, and a file keeps what it has under a new name', () => {
  const { left } = afterCut(`
    const [fd, other] = [fs.openSync(file + '.tmp', 'w'), fs.openSync(file, 'w')];
    fs.writeSync(fd, 'flushed'); fs.fsyncSync(fd); fs.writeSync(fd, 'lost'); fs.fsyncSync(other);
    fs.renameSync(file + '.tmp', file);`);

  expect(left).toBe('flushed');
});

test('a file opened so that each write is flushed keeps each', () => {
  const { left } = afterCut(`
    const [fd, sure] = [fs.openSync(file, 'w'), fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_DSYNC)];
    fs.writeSync(fd, 'aaaaaa'); fs.writeSync(sure, 'b', 2); fs.writeSync(fd, 'cc', 10);`);

  expect(left).toBe('aabaaa');
});

test('a file that was cut short is as long as before when that was not flushed', () => {
  const { left } = afterCut(`
    const fd = fs.openSync(file, 'w');
    fs.writeSync(fd, 'abcdef'); fs.fsyncSync(fd); fs.ftruncateSync(fd, 2);`);

  expect(left).toBe('abcdef');
});

test('of what was appended and not flushed the beginning may survive', () => {
  const program = `
    const fd = fs.openSync(file, 'a');
    fs.writeSync(fd, 'flushed-'); fs.fsyncSync(fd);
    for (let at = 0; at < 20; at++) fs.writeSync(fd, String.fromCharCode(97 + at).repeat(50));`;
  const whole = `flushed-${Array.from({ length: 20 }, (_, at) => String.fromCharCode(97 + at).repeat(50)).join('')}`;

  const { left } = afterCut(program, { tear: 'torn' });

  expect(whole.startsWith(left)).toBe(true);
  expect(left.length).toBeGreaterThan('flushed-'.length);
  expect(left.length).toBeLessThan(whole.length);
});

test('of what was written in place and not flushed any page may survive', () => {
  const { left } = afterCut(
    `
    const fd = fs.openSync(file, 'w');
    fs.writeSync(fd, Buffer.alloc(16 * 4096, 'o')); fs.fsyncSync(fd); fs.writeSync(fd, Buffer.alloc(16 * 4096, 'n'), 0, 16 * 4096, 0);`,
    { tear: 'scattered' },
  );

  const pages = Array.from({ length: 16 }, (_, at) => left.slice(at * 4_096, (at + 1) * 4_096));
  expect(new Set(pages)).toEqual(new Set(['o'.repeat(4_096), 'n'.repeat(4_096)]));
});

test('the cut comes at the point that was asked for, and nothing happens after it', () => {
  const program = `const fd = fs.openSync(file, 'w'); for (;;) { fs.writeSync(fd, 'x'); fs.fsyncSync(fd); }`;
  // Before and after a write, before and after a flush.
  const left = [1, 2, 3, 4, 5, 6, 7, 8].map((cutAt) => afterCut(program, { cutAt }));

  expect(left.map((each) => each.left.length)).toEqual([0, 0, 0, 1, 1, 1, 1, 2]);
  expect(new Set(left.map(({ signal }) => signal))).toEqual(new Set(['SIGKILL']));
});

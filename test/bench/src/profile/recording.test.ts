import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { readRecordings, recordingFlags } from './recording.js';

const PROGRAM = `
  import { Worker } from 'node:worker_threads';
  const thread = new Worker('function inThread(n) { return n < 2 ? n : inThread(n - 1) + inThread(n - 2) } inThread(32)', { eval: true, execArgv: [] });
  thread.once('exit', () => process.exit(0));
`;

test('a process records itself and its threads, also those started without the flags of the process', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tiercel-recording-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const beforeUs = Number(process.hrtime.bigint() / 1_000n);

  await promisify(execFile)(process.execPath, [...recordingFlags(dir, 'worker'), '--input-type=module', '-e', PROGRAM]);

  const recorded = readRecordings(dir, ['worker']);
  expect(recorded.map(({ role, thread }) => [role, thread])).toEqual([
    ['worker', 0],
    ['worker', 1],
  ]);
  expect(recorded[1]?.profile.nodes.map(({ callFrame }) => callFrame.functionName)).toContain('inThread');
  for (const { profile } of recorded) expect(profile.startTime).toBeGreaterThan(beforeUs); // on the clock of the harness
});

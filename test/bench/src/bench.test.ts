import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runBench } from './bench.js';
import { failuresOf, type Report } from './report.js';
import { refuseOther } from './servers.js';
import { QUICK, type Sizes } from './sizes.js';

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const LOSES_JOBS = pathOf('./loses-jobs.test.kit.js');
const TINY: Sizes = { ...QUICK, bothWarmJobs: 500, bothMs: 100, drainJobs: 1_000, drainSkipped: 100, stallMs: 3_000 };
const aNumber = expect.any(Number);

/** Runs the program; resolves to how it ended. */
function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [pathOf('./main.js'), ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

test('Tiercel is measured in processes of its own on a Redis that keeps what it is given', async () => {
  const report = await runBench({ contestants: ['tiercel'], measures: ['C1'], sizes: TINY });

  expect(failuresOf(report)).toEqual([]);
  expect(report.redisConfig).toMatchObject({ appendonly: 'yes', appendfsync: 'everysec' });
  expect(report.versions).toMatchObject({
    redis: expect.any(String),
    nats: expect.any(String),
    tiercel: expect.stringMatching(/\d/),
  });
  expect(JSON.parse(JSON.stringify(report)).runs).toEqual([
    {
      measure: 'C1',
      contestant: 'tiercel',
      round: 1,
      finding: {
        figures: { perSec: aNumber },
        jobs: aNumber,
        duplicates: 0,
        cpu: expect.objectContaining({ producer: aNumber, broker: aNumber, worker: aNumber }),
        beside: { others: aNumber, stolen: aNumber },
        residentBytes: expect.objectContaining({ producer: aNumber, broker: aNumber, worker: aNumber }),
      },
    },
  ]);
  const [{ finding }] = report.runs as [Report['runs'][number]];
  expect(finding?.jobs).toBeGreaterThanOrEqual(500);
  expect(finding?.figures.perSec).toBeGreaterThan(0);
});

test.each(['P1', 'C1'])('a contestant that loses jobs fails %s, with how many, and the next one goes on', async (measure) => {
  const report = await runBench({ contestants: [LOSES_JOBS, 'tiercel'], measures: [measure], sizes: TINY });

  const [lossy, tiercel] = report.runs;
  expect(lossy).toMatchObject({
    contestant: LOSES_JOBS,
    error: expect.stringMatching(/jobs were lost: of \d+ \d+ were performed/),
  });
  expect(lossy).not.toHaveProperty('finding');
  expect(tiercel).toMatchObject({ contestant: 'tiercel', finding: { duplicates: 0 } });
});

test('a run with a failure ends with 1, says which and writes what it found', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tiercel-bench-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const json = join(dir, 'found.json');

  const { code, stdout } = await bench('--quick', '--only', 'M1', '--contestants', './not-there.js', '--json', json);

  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED {2}M1 of \.\/not-there\.js, round 1: Cannot find module/);
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ runs: [{ measure: 'M1', error: expect.any(String) }] });
});

test('wrong usage ends with 2 and one line', async () => {
  const { code, stdout, stderr } = await bench('--only', 'C9');

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe('--only: expected some of E1,E1k,E2,P1,C1,C1b,L1,M1, got C9\n');
});

test('a Redis that keeps less than agreed does not count', () => {
  expect(() => refuseOther({ appendonly: 'yes', appendfsync: 'everysec' })).not.toThrow();
  expect(() => refuseOther({ appendonly: 'no', appendfsync: 'everysec' })).toThrow('expected appendonly yes, got no');
  expect(() => refuseOther({ appendonly: 'yes', appendfsync: 'no' })).toThrow('expected appendfsync everysec, got no');
});

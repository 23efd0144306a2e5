import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { runBench } from './bench.js';
import { failuresOf, type Report } from './report.js';
import { refuseOther } from './servers/redis.js';
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

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tiercel-bench-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** What it started, servers that run as processes among it. */
function childrenOf(parent: number): Process[] {
  const lines = execFileSync('ps', ['-ww', '-e', '-o', 'ppid=,pid=,args='], { encoding: 'utf8' }).split('\n');
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([ppid]) => Number(ppid) === parent)
    .map(([, pid, ...args]) => ({ pid: Number(pid), command: args.join(' ') }));
}

/** Once everything that is measured runs. */
const withAll = (processes: Process[]): Process[] | undefined =>
  ['role.js producer', 'broker-adapter', 'consumer'].every((name) => processes.some(({ command }) => command.includes(name)))
    ? processes
    : undefined;

/** One that only waits for somebody to take note of its end is not. */
const isAlive = ({ pid }: Process): boolean => {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

test('Tiercel is measured in processes of its own on a Redis that keeps what it is given', async () => {
  const report = await runBench({ contestants: ['tiercel'], measures: ['C1'], sizes: TINY });

  expect(failuresOf(report)).toEqual([]);
  expect(report.servers).toMatchObject({
    redis: { version: expect.any(String), appendonly: 'yes', appendfsync: 'everysec' },
    nats: { version: expect.any(String) },
  });
  expect(report.versions).toMatchObject({ tiercel: expect.stringMatching(/\d/) });
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
        window: { fromMs: aNumber, toMs: aNumber },
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
  const json = join(scratch(), 'found.json');

  const { code, stdout } = await bench('--quick', '--only', 'M1', '--contestants', './not-there.js', '--json', json);

  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED {2}M1 of \.\/not-there\.js, round 1: Cannot find module/);
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ runs: [{ measure: 'M1', error: expect.any(String) }] });
});

test('an interrupt ends every process that was started and leaves no file', async () => {
  const dir = scratch();
  const child = spawn(process.execPath, [pathOf('./main.js'), '--only', 'C1', '--contestants', 'tiercel'], {
    env: { ...process.env, TMPDIR: dir },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const roles = await eventually(() => withAll(childrenOf(child.pid as number)), { what: 'producer, broker and worker' });

  child.kill('SIGINT');

  expect((await ended)[0]).toBe(130);
  await eventually(() => !roles.some(isAlive), { what: 'the end of all' });
  expect(readdirSync(dir)).toEqual([]);
});

test('wrong usage ends with 2 and one line', async () => {
  const { code, stdout, stderr } = await bench('--only', 'C9');

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^--only: expected some of E1,E1k,E2,P1,C1,C1b,L1,M1,T1,.*, got C9\n$/);
});

test('a Redis that keeps less than agreed does not count', () => {
  expect(() => refuseOther({ appendonly: 'yes', appendfsync: 'everysec' })).not.toThrow();
  expect(() => refuseOther({ appendonly: 'no', appendfsync: 'everysec' })).toThrow('expected appendonly yes, got no');
  expect(() => refuseOther({ appendonly: 'yes', appendfsync: 'no' })).toThrow('expected appendfsync everysec, got no');
});

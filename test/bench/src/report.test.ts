import { expect, test } from 'vitest';
import { failuresOf, processesOf, type Report, type Run, ratioOf, summaryOf } from './report.js';
import { QUICK } from './sizes.js';
import { tellReport } from './tell.js';

const aRun = (contestant: string, round: number, perSec: number): Run => ({
  measure: 'C1',
  contestant,
  round,
  finding: { figures: { perSec }, jobs: 1_000, duplicates: 0, cpu: { redis: round / 10 }, residentBytes: { redis: 2e6 } },
});

const aReport = (...runs: Run[]): Report => ({
  at: '2030-01-01T00:00:00.000Z',
  machine: { cpu: 'a cpu', cores: 2, memoryBytes: 1, system: 'linux', node: '20.0.0' },
  versions: { bullmq: 'bullmq 6.7.0' },
  servers: { redis: { version: '7.0.0', appendonly: 'yes' } },
  settings: {},
  sizes: { ...QUICK, rounds: 3 },
  runs,
});

const three = (contestant: string, all: readonly number[]) => all.map((perSec, at) => aRun(contestant, at + 1, perSec));

test('a figure is the median over the rounds with its spread, and a ratio is one of medians', () => {
  const report = aReport(...three('tiercel', [200, 190, 240]), ...three('bullmq', [100, 101, 80]));

  expect(summaryOf(report, 'C1', 'tiercel', 'perSec')).toEqual({ median: 200, spread: 0.25, rounds: 3 });
  expect(ratioOf(report, 'C1', 'perSec', ['tiercel', 'bullmq'])).toBe(2);
  expect(processesOf(report, 'C1', 'tiercel', 'cpu')).toEqual({ redis: 0.2 });
});

test('a round that failed is told by name, and the others make the figure', () => {
  const failed: Run = { measure: 'C1', contestant: 'bullmq', round: 2, error: 'jobs were lost: of 5 4' };
  const report = aReport(...three('tiercel', [200]), aRun('bullmq', 1, 100), failed);

  expect(summaryOf(report, 'C1', 'bullmq', 'perSec')).toEqual({ median: 100, spread: 0, rounds: 1 });
  expect(failuresOf(report)).toEqual([failed]);
  expect(tellReport(report)).toContain('FAILED  C1 of bullmq, round 2: jobs were lost: of 5 4');
});

test('the table has a row a contestant, and cores with the time that a job takes of them', () => {
  const told = tellReport(aReport(...three('tiercel', [20_000]), ...three('bullmq', [10_000])));

  expect(told).toMatch(/^tiercel +20,000$/m);
  expect(told).toMatch(/^C1 tiercel .* 0\.10 +5\.0µs/m);
  expect(told).toMatch(/^bullmq +2\.00$/m);
});

test('what nobody found is neither a figure nor a ratio', () => {
  const report = aReport(...three('tiercel', [200]));

  expect(summaryOf(report, 'C1', 'bare', 'perSec')).toBeUndefined();
  expect(ratioOf(report, 'C1', 'perSec', ['tiercel', 'bare'])).toBeUndefined();
});

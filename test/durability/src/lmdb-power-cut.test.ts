import { expect, test } from 'vitest';
import { lmdbEngine } from './lmdb-engine.js';
import { powerCuts, summaryOf, TRIALS } from './power-cuts.js';

test(`LMDB keeps every promise over ${TRIALS.lmdb} power cuts`, async () => {
  const trials = await powerCuts(lmdbEngine, TRIALS.lmdb);

  console.log(summaryOf(lmdbEngine, trials));
  expect(trials.flatMap(({ seed, faults }) => faults.map((fault) => ({ seed, ...fault })))).toEqual([]);
  expect(trials.reduce((sum, { promises }) => sum + promises, 0)).toBeGreaterThan(50 * TRIALS.lmdb);
  expect(trials.some(({ cut }) => cut.atRiskBytes > 0)).toBe(true);
});

test('the test bites: on a disk that only says that it flushed LMDB loses what it acknowledged, and yet no token comes twice', async () => {
  const trials = await powerCuts(lmdbEngine, TRIALS.biting, { lies: true });

  const kinds = trials.flatMap(({ faults }) => faults.map(({ kind }) => kind));
  expect(kinds).toContain('lost');
  expect(kinds).not.toContain('repeated');
});

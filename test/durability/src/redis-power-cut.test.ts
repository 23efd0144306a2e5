import { expect, test } from 'vitest';
import { powerCuts, summaryOf, TRIALS } from './power-cuts.js';
import { redisEngine } from './redis-engine.js';

test(`Redis with appendfsync always keeps every promise over ${TRIALS.redis} power cuts`, async () => {
  const engine = redisEngine('always');
  const trials = await powerCuts(engine, TRIALS.redis);

  console.log(summaryOf(engine, trials));
  expect(trials.flatMap(({ seed, faults }) => faults.map((fault) => ({ seed, ...fault })))).toEqual([]);
  expect(trials.reduce((sum, { promises }) => sum + promises, 0)).toBeGreaterThan(50 * TRIALS.redis);
  expect(trials.some(({ cut }) => cut.atRiskBytes > 0)).toBe(true);
});

test('the test bites: with appendfsync everysec power cuts lose what was acknowledged, and yet no token comes twice', async () => {
  const engine = redisEngine('everysec');
  const trials = await powerCuts(engine, TRIALS.biting);

  console.log(summaryOf(engine, trials));
  const kinds = trials.flatMap(({ faults }) => faults.map(({ kind }) => kind));
  expect(kinds).toContain('lost');
  expect(kinds).not.toContain('repeated');
});

test('Redis with appendfsync everysec keeps every promise when only its process is killed', async () => {
  const trials = await powerCuts(redisEngine('everysec'), TRIALS.biting, { crash: true });

  expect(trials.flatMap(({ faults }) => faults)).toEqual([]);
  expect(trials.some(({ promises }) => promises > 0)).toBe(true);
});

test('the test bites: a disk that only says that it flushed loses what was acknowledged', async () => {
  const trials = await powerCuts(redisEngine('always'), TRIALS.biting, { lies: true });

  expect(trials.flatMap(({ faults }) => faults.map(({ kind }) => kind))).toContain('lost');
});

import { seededRandom } from '@tiercel/actors/testing';
import { expect, test } from 'vitest';
import { jobBackoffMs, repeatBackoffMs, retryAfterMs } from './backoff.js';

const random = seededRandom(7);
const draw = (spent: number): number[] =>
  Array.from({ length: 2_000 }, () => jobBackoffMs(random, { spent, backoffMs: 1_000, backoffMaxMs: 60_000 }));

test('the backoff of a job is spread over the whole of 0 … delay × 2^spent', () => {
  for (const spent of [0, 1, 4]) {
    const delays = draw(spent);
    const cap = 1_000 * 2 ** spent;
    expect(Math.min(...delays)).toBeLessThan(cap / 20);
    expect(Math.max(...delays)).toBeGreaterThan(cap * 0.95);
    expect(Math.max(...delays)).toBeLessThanOrEqual(cap);
    expect(delays.every(Number.isInteger)).toBe(true);
  }
});

test('it never exceeds its maximum, however often the job failed', () => {
  expect(Math.max(...draw(65_535))).toBeLessThanOrEqual(60_000);
});

test('a job without backoff comes back at once', () => {
  expect(jobBackoffMs(random, { spent: 3, backoffMs: 0, backoffMaxMs: 1_000 })).toBe(0);
});

test('a call is repeated within its bounds, later after more failures', () => {
  const bounds = { minMs: 100, maxMs: 5_000 };
  const longest = (failures: number) => Math.max(...Array.from({ length: 500 }, () => repeatBackoffMs(random, failures, bounds)));

  expect(longest(1)).toBeLessThanOrEqual(200);
  expect(longest(50)).toBeGreaterThan(4_500);
  expect(longest(50)).toBeLessThanOrEqual(5_000);
});

test('the pause a refusal asks for is bounded too', () => {
  expect(retryAfterMs({ code: 'BUSY', facts: { retryAfterMs: 300 } }, 5_000)).toBe(300);
  expect(retryAfterMs({ code: 'BUSY', facts: { retryAfterMs: 1e9 } }, 5_000)).toBe(5_000);
  expect(retryAfterMs(new Error('no facts'), 5_000)).toBe(0);
});

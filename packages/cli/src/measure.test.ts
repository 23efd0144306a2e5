import { expect, test } from 'vitest';
import { age, jobs, size, span } from './measure.js';

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [65_000, '1m 5s'],
  [3_600_000, '1h'],
  [2 * 86_400_000 + 3 * 3_600_000 + 59_000, '2d 3h'],
])('%i ms is %s for people', (ms, shown) => {
  expect(age(ms)).toBe(shown);
});

test.each([
  [1_500, '1500ms'],
  [30_000, '30s'],
  [15 * 60_000, '15m'],
  [48 * 3_600_000, '48h'],
])('%i ms is written %s where it is read again', (ms, shown) => {
  expect(span(ms)).toBe(shown);
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [65_536, '64 KiB'],
  [5 * 1024 ** 3, '5 GiB'],
])('%i bytes are %s', (bytes, shown) => {
  expect(size(bytes)).toBe(shown);
});

test('one job is no jobs', () => {
  expect([jobs(0), jobs(1), jobs(2)]).toEqual(['0 jobs', '1 job', '2 jobs']);
});

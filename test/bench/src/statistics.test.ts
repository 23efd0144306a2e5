import { expect, test } from 'vitest';
import { median, percentile, spread } from './statistics.js';

const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);

test('a percentile is the value that so many per cent do not exceed', () => {
  expect([0, 1, 50, 95, 99, 100].map((p) => percentile(hundred, p))).toEqual([1, 1, 50, 95, 99, 100]);
  expect(percentile([7], 99)).toBe(7);
  expect(percentile([30, 10, 20], 50)).toBe(20);
});

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([10, 2, 4, 1])).toBe(3);
  expect(median([5])).toBe(5);
});

test('of nothing there is no value', () => {
  expect([median([]), percentile([], 50)]).toEqual([Number.NaN, Number.NaN]);
});

test('the spread is the whole range as a part of the median', () => {
  expect(spread([90, 100, 120])).toBeCloseTo(0.3);
  expect(spread([4])).toBe(0);
});

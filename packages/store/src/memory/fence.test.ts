import { expect, test } from 'vitest';
import { Fence } from './fence.js';

test('a fence is the greater of the last plus one and the time', () => {
  const fence = new Fence();
  const nows = [5, 5, 3, 6, 6, 6];

  const values = nows.map((nowMs) => BigInt(`0x${fence.next(nowMs)}`));

  expect(values).toEqual([5n * 4_096n, 5n * 4_096n + 1n, 5n * 4_096n + 2n, 6n * 4_096n, 6n * 4_096n + 1n, 6n * 4_096n + 2n]);
});

test('more than 4096 fences in a millisecond run into the next and are caught up with later', () => {
  const fence = new Fence();
  const many = Array.from({ length: 4_098 }, () => fence.next(9));

  expect(many.slice(-3)).toEqual(['0000000000009fff', '000000000000a000', '000000000000a001']);
  expect(fence.next(10)).toBe('000000000000a002');
  expect(fence.next(11)).toBe('000000000000b000');
});

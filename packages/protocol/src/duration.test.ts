import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toMs } from './duration.js';

const DAY_MS = 86_400_000;

test.each([
  ['0ms', 0],
  ['250ms', 250],
  ['5s', 5_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['7d', 7 * DAY_MS],
  [1_234, 1_234],
  [0.4, 0],
])('%j is %d ms', (given, ms) => {
  expect(toMs('delay', given, 7 * DAY_MS)).toBe(ms);
});

test.each(['', '5', 's', '5 s', '-5s', '5S', '1e3s', '5s5s', '٣s', '.5s', ' 5s', '8d', -1, Number.NaN, Number.POSITIVE_INFINITY])(
  '%j is refused',
  (given) => {
    expect(() => toMs('delay', given, 7 * DAY_MS)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', facts: expect.objectContaining({ option: 'delay' }) }),
    );
  },
);

test('what is neither a number nor text is refused like a fault of spelling', () => {
  for (const given of [null, undefined, {}, [5], true])
    expect(() => toMs('delay', given as never, DAY_MS)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});

test('whatever is accepted is whole and within its bounds', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.string()), fc.nat(DAY_MS), (given, maxMs) => {
      try {
        const ms = toMs('delay', given, maxMs);
        expect(Number.isInteger(ms) && ms >= 0 && ms <= maxMs).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_OPTION' });
      }
    }),
  );
});

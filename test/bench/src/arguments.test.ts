import { expect, test } from 'vitest';
import { readArguments } from './arguments.js';
import { CONTESTANTS } from './contestants.js';
import { MEASURES } from './measures.js';
import { FULL, QUICK } from './sizes.js';

test('without flags everything is measured three times', () => {
  expect(readArguments([])).toEqual({
    help: false,
    contestants: [...CONTESTANTS],
    measures: Object.keys(MEASURES),
    sizes: FULL,
    json: undefined,
  });
});

test('a quick run measures what takes under three minutes', () => {
  expect(readArguments(['--quick'])).toMatchObject({
    contestants: ['tiercel', 'bullmq', 'bee-queue', 'bare'],
    measures: ['E1', 'E1k', 'E2', 'P1', 'C1', 'C1b', 'L1', 'M1'],
    sizes: QUICK,
  });
});

test('the beginning of a name stands for all measures that begin so, and a whole name for itself', () => {
  expect(readArguments(['--only', 'G1,C1']).measures).toEqual(['C1', 'G1-1k', 'G1-10k', 'G1-100k', 'G1-1M']);
  expect(readArguments(['--only', 'S1-2']).measures).toEqual(['S1-2']);
});

test('what is chosen is measured in the order of the table, and once', () => {
  const { measures, contestants, sizes } = readArguments([
    '--quick',
    '--only',
    'C1,E1,C1',
    '--contestants',
    './mine.js,bare,tiercel',
  ]);

  expect(measures).toEqual(['E1', 'C1']);
  expect(contestants).toEqual(['tiercel', 'bare', './mine.js']);
  expect(sizes).toEqual(QUICK);
});

test('--rounds wins over what --quick says', () => {
  expect(readArguments(['--quick', '--rounds', '4']).sizes).toEqual({ ...QUICK, rounds: 4 });
});

test.each([
  [['--only', 'C9'], /^--only: expected some of E1,.*,G1-1M, got C9$/],
  [['--only', ''], /^--only: expected some of E1,.*,G1-1M, got nothing$/],
  [['--contestants', 'tiercel,rabbit'], /^--contestants: expected some of tiercel,.*,embedded, got rabbit$/],
  [['--rounds', '0'], '--rounds: expected a whole number from 1 to 100, got 0'],
  [['--rounds', '1.5'], '--rounds: expected a whole number from 1 to 100, got 1.5'],
  [['--fast'], "Unknown option '--fast'; see npm run bench -- --help"],
  [['--json'], "Option '--json <value>' argument missing; see npm run bench -- --help"],
  [['C1'], /^Unexpected argument 'C1'.*see npm run bench -- --help$/],
])('%j is refused in one line that says what is right', (argv, said) => {
  expect(() => readArguments(argv)).toThrow(said);
});

import { expect, test } from 'vitest';
import { facts, table } from './table.js';

test('columns are as wide as they need, numbers to the right', () => {
  expect(
    table(
      ['queue', 'ready'],
      [
        ['mail', 7],
        ['hello_world', 12],
      ],
    ),
  ).toBe(['queue        ready', 'mail             7', 'hello_world     12'].join('\n'));
});

test('no rows, no table', () => {
  expect(table(['queue'], [])).toBe('');
});

test('facts are aligned, and empty ones left out', () => {
  expect(facts({ id: 'a', state: 'ready', reason: '', owner: undefined, attempt: 0 })).toBe(
    'id       a\nstate    ready\nattempt  0',
  );
});

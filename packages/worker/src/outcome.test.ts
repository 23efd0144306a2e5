import { expect, test } from 'vitest';
import { hostile } from './hostile.test.kit.js';
import { reasonOf } from './outcome.js';

test.each(hostile)('a reason is found for $what', ({ thrown }) => {
  expect(reasonOf(thrown())).toBe('threw something that cannot be shown');
});

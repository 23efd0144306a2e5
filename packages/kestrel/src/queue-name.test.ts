import { expect, test } from 'vitest';
import { isPortableQueueName, isQueueName } from './index.js';

test('a server takes any name but one with . / or ~', () => {
  for (const name of ['q', 'a:b', 'a+b', 'a_b-c', 'caf\u00e9', '#!', 'x'.repeat(255)]) expect(isQueueName(name)).toBe(true);
  for (const name of ['', 'a.b', 'a/b', '~a', 'x'.repeat(256)]) expect(isQueueName(name)).toBe(false);
});

test('an adapter uses only what every server takes', () => {
  for (const name of ['q', 'a:b:c', 'a_b-c', '0', 'x'.repeat(100)]) expect(isPortableQueueName(name)).toBe(true);
  for (const name of ['', 'a+b', 'caf\u00e9', '#!', 'a b', 'x'.repeat(101)]) expect(isPortableQueueName(name)).toBe(false);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packId, unpackId } from './job-id.js';

const anyId = fc.oneof(
  fc.uuid(),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.uuid().map((id) => id.replace('-', '_')),
);

test('an id comes out of its stored form as it went in', () => {
  fc.assert(fc.property(anyId, (id) => unpackId(Buffer.from(packId(id))) === id));
});

test('different ids have different stored forms', () => {
  fc.assert(fc.property(anyId, anyId, (one, other) => Buffer.from(packId(one)).equals(packId(other)) === (one === other)));
});

test('a UUID in its canonical form takes 17 bytes, any other its text', () => {
  expect(packId('0193a5c1-7b1f-7cc0-8f0e-5b8ad1c3e2f4')).toHaveLength(17);
  expect(packId('0193A5C1-7b1f-7cc0-8f0e-5b8ad1c3e2f4')).toHaveLength(36);
  expect(packId('order-4711')).toHaveLength(10);
});

import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { TiercelError } from './errors.js';
import { scan } from './scan.js';

const packr = new Packr({ useRecords: false, moreTypes: false });
const BOUNDS = { depth: 16, items: 500, envelopeBytes: 16_384, data: false };
const DATA = { ...BOUNDS, data: true };

/** `OK`, or the code it is refused with; anything thrown that is not ours fails the test. */
function verdict(bytes: Uint8Array, bounds = BOUNDS): string {
  try {
    scan(bytes, bounds);
    return 'OK';
  } catch (error) {
    if (error instanceof TiercelError) return error.code;
    throw error;
  }
}

const nested = (depth: number): Uint8Array => Uint8Array.from([...new Array(depth).fill(0x91), 0xc0]);
const ofType = (type: number, length: number): Uint8Array => Uint8Array.from([0xc7, length, type, ...new Array(length).fill(0)]);

test('whatever the encoder writes is read to its end', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, tie('leaf'), fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
    leaf: fc.oneof(fc.integer(), fc.double(), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null), fc.uint8Array()),
  })).value;
  fc.assert(fc.property(value, (any) => verdict(packr.pack(any), DATA) === 'OK'));
});

test.each([
  ['text of 16-bit length', 'x'.repeat(300)],
  ['text of 32-bit length', 'x'.repeat(70_000)],
  ['bytes of 16-bit length', new Uint8Array(300)],
  ['bytes of 32-bit length', new Uint8Array(70_000)],
  ['a list of 16-bit length', new Array(400).fill(1)],
  ['numbers of all widths', [1, -1, 200, -100, 60_000, -30_000, 2 ** 31, -(2 ** 31), 2 ** 40, 0.5, 2n ** 63n, -(2n ** 62n)]],
])('%s', (_, value) => {
  expect(verdict(packr.pack(value), { ...BOUNDS, envelopeBytes: 100_000 })).toBe('OK');
});

describe('depth', () => {
  test('16 is accepted', () => expect(verdict(nested(16))).toBe('OK'));
  test('17 is refused', () => expect(verdict(nested(17))).toBe('ENVELOPE_TOO_LARGE'));
  test('100,000 cost no stack', () => expect(verdict(nested(100_000))).toBe('ENVELOPE_TOO_LARGE'));
});

describe('width', () => {
  test('500 is accepted', () => expect(verdict(packr.pack(new Array(500).fill(0)))).toBe('OK'));
  test('501 is refused', () => expect(verdict(packr.pack(new Array(501).fill(0)))).toBe('BATCH_TOO_LARGE'));
  test('a list that only says it is wide costs nothing', () =>
    expect(verdict(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff))).toBe('BATCH_TOO_LARGE'));
  test('a map that only says it is wide costs nothing', () =>
    expect(verdict(Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff), DATA)).toBe('BATCH_TOO_LARGE'));
});

describe('extension types', () => {
  const allowed = (type: number, length: number) =>
    (type === 0xff && [4, 8, 12].includes(length)) || (type === 0 && length === 1) ? 'OK' : 'BAD_MESSAGE';

  test('in messages none may occur', () => {
    for (let type = 0; type < 256; type++)
      for (const length of [0, 1, 2, 4, 8, 12, 16, 17]) expect(verdict(ofType(type, length))).toBe('BAD_MESSAGE');
  });

  test('in data dates and undefined may, and nothing else', () => {
    for (let type = 0; type < 256; type++)
      for (const length of [0, 1, 2, 4, 8, 12, 16, 17]) expect(verdict(ofType(type, length), DATA)).toBe(allowed(type, length));
  });

  test('however they are written', () => {
    for (let width = 0; width < 5; width++)
      for (let type = 0; type < 256; type++) {
        const length = 1 << width;
        const bytes = Uint8Array.from([0xd4 + width, type, ...new Array(length).fill(0)]);
        expect(verdict(bytes, DATA)).toBe(allowed(type, length));
        expect(verdict(bytes)).toBe('BAD_MESSAGE');
      }
    expect(verdict(Uint8Array.of(0xc8, 0, 1, 5, 0), DATA)).toBe('BAD_MESSAGE');
    expect(verdict(Uint8Array.of(0xc9, 0, 0, 0, 1, 5, 0), DATA)).toBe('BAD_MESSAGE');
  });
});

test('nothing at all, a reserved byte, lengths past the end and trailing bytes are refused', () => {
  for (const bytes of [
    [],
    [0xc1],
    [0xa5, 0x61],
    [0xdb, 0xff, 0xff, 0xff, 0xff],
    [0xc6, 0x7f, 0xff, 0xff, 0xff],
    [0x92, 0x01],
    [0xcf],
    [0xc0, 0xc0],
  ])
    expect(verdict(Uint8Array.from(bytes))).toBe('BAD_MESSAGE');
});

test('the envelope grows with the list, since each item may have its own', () => {
  const item = 'x'.repeat(10_000);
  expect(verdict(packr.pack([[item, item]]))).toBe('OK');
  expect(verdict(packr.pack([[item], item]))).toBe('ENVELOPE_TOO_LARGE');
});

test('any bytes are accepted or refused with one of our codes, and what is accepted the decoder reads', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      if (verdict(bytes) === 'OK') packr.unpack(bytes);
    }),
    { numRuns: 20_000 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from './limits.js';
import { decodeData, encodeData } from './payload.js';

const number = fc.oneof(fc.integer(), fc.double()).map((any) => (Object.is(any, -0) ? 0 : any));
const key = fc
  .oneof(fc.string(), fc.constantFrom('constructor', 'toString', 'length', 'then', ''))
  .filter((any) => any !== '__proto__');
const { value: plainData } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(fc.constant(null), fc.boolean(), number, fc.string({ unit: 'grapheme' })),
    fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.date({ noInvalidDate: true }), fc.uint8Array()),
    fc.array(tie('value')),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
  ),
}));

const refusal = (at: string, reason?: string) =>
  expect.objectContaining({ code: 'BAD_DATA', facts: expect.objectContaining(reason ? { at, reason } : { at }) });

test('plain data come back as they were', () => {
  fc.assert(
    fc.property(plainData, (data) => {
      expect(withoutBuffers(decodeData(encodeData(data)))).toEqual(data);
    }),
    { numRuns: 1_000 },
  );
});

test('nothing becomes null at the top and stays undefined within', () => {
  expect(decodeData(encodeData(undefined))).toBeNull();
  expect(decodeData(encodeData({ a: undefined, b: [undefined] }))).toStrictEqual({ a: undefined, b: [undefined] });
});

describe('what cannot be carried is refused, and its place is named', () => {
  class Invoice {
    total = 1;
  }
  const cycle: unknown[] = [];
  cycle.push(cycle);

  test.each([
    ['a function', () => {}, 'a function'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['a Map', new Map(), 'a Map'],
    ['a Set', new Set(), 'a Set'],
    ['a class instance', new Invoice(), 'a Invoice'],
    ['an error', new TypeError('x'), 'a TypeError'],
    ['a regular expression', /x/, 'a RegExp'],
    ['a promise', Promise.resolve(), 'a Promise'],
    ['other arrays of numbers', new Float64Array(1), 'a Float64Array'],
    ['an invalid date', new Date(Number.NaN), 'an invalid date'],
    ['a bigint of 65 bits', 2n ** 64n, 'a bigint over 64 bits'],
    ['a negative one of 65 bits', -(2n ** 63n) - 1n, 'a bigint over 64 bits'],
    ['half a character', 'a\ud83d', 'text that is not well-formed'],
  ])('%s', (_, bad, reason) => {
    expect(() => encodeData(bad)).toThrow(refusal('data', reason));
    expect(() => encodeData({ order: { lines: [1, bad] } })).toThrow(refusal('data.order.lines[1]', reason));
  });

  test('a key that no decoder keeps', () => {
    expect(() => encodeData({ a: JSON.parse('{"__proto__":1}') })).toThrow(refusal('data.a.__proto__'));
  });

  test('a cycle', () => {
    expect(() => encodeData(cycle)).toThrow(expect.objectContaining({ code: 'BAD_DATA' }));
  });

  test('65 levels, while 64 are carried', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(decodeData(encodeData(nested(64)))).toEqual(nested(64));
    expect(() => encodeData(nested(65))).toThrow(expect.objectContaining({ code: 'BAD_DATA' }));
  });
});

describe('size', () => {
  test('256 KiB is the most', () => {
    expect(encodeData(new Uint8Array(LIMITS.payloadMostBytes - 5))).toHaveLength(LIMITS.payloadMostBytes);
    expect(() => encodeData(new Uint8Array(LIMITS.payloadMostBytes - 4))).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }),
    );
    expect(() => encodeData('x', 1)).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }));
  });

  test('a little graph that would unfold into 2^60 values is refused at once', () => {
    let data: unknown = 1;
    for (let level = 0; level < 60; level++) data = [data, data];
    expect(() => encodeData(data)).toThrow(expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }));
  });
});

describe('what came from elsewhere', () => {
  test('json and raw are read as what they are', () => {
    expect(decodeData(new TextEncoder().encode('{"foo":"bär"}'), 'json')).toEqual({ foo: 'bär' });
    expect(decodeData(new Uint8Array(), 'json')).toBeNull();
    expect(decodeData(Uint8Array.of(1, 2), 'raw')).toEqual(Uint8Array.of(1, 2));
  });

  test.each([
    ['no JSON', Buffer.from('{foo'), 'json'],
    ['no UTF-8', Buffer.of(0x22, 0xff, 0x22), 'json'],
    ['nothing', Buffer.of(), 'msgpack'],
    // the extensions of msgpackr for RegExp (x), Set (s), Error (e), a buffer (t) and records (r)
    ['a RegExp', Buffer.of(0xc7, 4, 0x78, 0x92, 0xa1, 0x61, 0xa0), 'msgpack'],
    ['a Set', Buffer.of(0xd4, 0x73, 0x90), 'msgpack'],
    ['an Error', Buffer.of(0xc7, 3, 0x65, 0x92, 0xa0, 0xa0), 'msgpack'],
    ['a typed array', Buffer.of(0xd5, 0x74, 1, 0), 'msgpack'],
    ['a record', Buffer.of(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61), 'msgpack'],
    ['a map with a list for a key', Buffer.of(0x81, 0x91, 1, 1), 'msgpack'],
    ['65 levels', Buffer.from([...new Array(65).fill(0x91), 0xc0]), 'msgpack'],
  ] as const)('%s is BAD_DATA', (_, bytes, encoding) => {
    expect(() => decodeData(bytes, encoding)).toThrow(expect.objectContaining({ code: 'BAD_DATA' }));
  });

  test('a key __proto__ reaches no prototype', () => {
    const proto = Buffer.concat([Buffer.of(0x81, 0xa9), Buffer.from('__proto__'), Buffer.of(0x81, 0xa1, 0x61, 1)]);
    for (const data of [decodeData(proto), decodeData(Buffer.from('{"__proto__":{"a":1}}'), 'json')] as Record<string, unknown>[]) {
      expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
      expect(data.a).toBeUndefined();
    }
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test('any bytes are data or BAD_DATA', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('msgpack', 'json', 'raw'), (bytes, encoding) => {
        try {
          decodeData(bytes, encoding);
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_DATA' });
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

/** Bytes come as Buffers, which `toEqual` tells from Uint8Arrays. */
function withoutBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(withoutBuffers);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutBuffers(part)]));
}

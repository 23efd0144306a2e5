import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anAck } from './arbitraries.test.kit.js';
import { brokerCodec } from './codec.js';
import { LIMITS } from './limits.js';
import { type AckSettlement, openAcks, packAcks, readAcks, settleBatch, settlementsOf } from './packed-acks.js';
import type { Settlement } from './settlement.js';

const { body } = brokerCodec.settle;
/** Of few tenants, some with ids as clients make them up. */
const acks = fc.array(fc.tuple(anAck, fc.nat(2), fc.boolean()), { minLength: 1, maxLength: 12 }).map((drawn) =>
  drawn.map(([ack, like, isMadeUp], place): AckSettlement => {
    const { tenant } = drawn[Math.min(like, place)]![0];
    return { ...ack, tenant, ...(isMadeUp && { id: randomUUID() }) } as AckSettlement;
  }),
);
const ack = { tenant: 'acme', id: 'a', token: '0123456789abcdef01234567', outcome: 'ack' } as const;

test('acknowledgements come out as they went in, in their order', () => {
  fc.assert(
    fc.property(acks, (given) => {
      expect(settlementsOf(body.decode(body.encode(settleBatch(given))))).toEqual(given);
      const packed = packAcks(given);
      expect(readAcks(packed.bytes)).toEqual(packed);
    }),
  );
});

test('settlements of which one is no acknowledgement travel as a list', () => {
  const settlements: Settlement[] = [ack, { tenant: 'acme', id: 'b', token: ack.token, outcome: 'bury', reason: 'x' }];

  expect(settleBatch(settlements)).toEqual({ settlements });
  expect(settlementsOf(body.decode(body.encode({ settlements, acks: packAcks([ack]) })))).toEqual([...settlements, ack]);
});

test('what comes from outside is refused wherever it is cut, and damaged it is refused or what any list could be', () => {
  const whole = packAcks([ack, { ...ack, id: randomUUID(), result: new Uint8Array(3) }]).bytes;
  const isRefused = (bytes: Uint8Array): boolean => {
    try {
      const settlements = openAcks(readAcks(bytes));
      expect(body.decode(body.encode({ settlements })).settlements).toHaveLength(settlements.length);
      return false;
    } catch (error) {
      if (error instanceof RangeError) return true;
      throw error;
    }
  };
  for (let length = 0; length < whole.length; length++) expect(isRefused(whole.subarray(0, length))).toBe(true);
  expect(isRefused(Buffer.concat([whole, Buffer.of(0)]))).toBe(true);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
      const damaged = Uint8Array.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      isRefused(damaged);
    }),
    { numRuns: 20_000 },
  );
});

test('a result over 64 KiB is refused', () => {
  const { bytes } = packAcks([{ ...ack, result: new Uint8Array(LIMITS.resultBytes + 1) }]);

  expect(() => readAcks(bytes)).toThrow(new RangeError('result'));
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aJobId, aJobName, aName } from './arbitraries.test.kit.js';
import { checksumOf } from './checksum.js';
import { ENCODINGS } from './job.js';

const encoding = fc.constantFrom(...ENCODINGS);
const payload = fc.uint8Array({ maxLength: 300 });
const job = fc.record({ id: aJobId, tenant: aName, queue: aName, name: aJobName, encoding, payload });

test('the checksum is CRC-32 of id, tenant, queue, name, encoding and payload, each but the last ended by a newline', () => {
  // the check value of CRC-32/ISO-HDLC: crc("123456789") = cbf43926
  const payload = new TextEncoder().encode('hello');
  expect(checksumOf({ id: '1', tenant: 'a', queue: 'q', name: 'N', encoding: 'raw', payload })).toBe(
    crcOf('1\na\nq\nN\nraw\nhello'),
  );
  expect(crcOf('123456789')).toBe(0xcbf43926);
});

test('it is an unsigned number of 32 bits and the same for the same job', () => {
  fc.assert(
    fc.property(job, (some) => {
      const sum = checksumOf(some);
      expect(Number.isInteger(sum) && sum >= 0 && sum < 2 ** 32).toBe(true);
      expect(checksumOf({ ...some, payload: some.payload.slice() })).toBe(sum);
    }),
  );
});

test('any flipped bit of a payload of 200 bytes is seen', () => {
  const payload = Uint8Array.from({ length: 200 }, (_, at) => (at * 31) & 0xff);
  const some = { id: 'job-1', tenant: 'acme', queue: 'mail', name: 'HelloWorld', encoding: 'json' as const, payload };
  const sums = new Set([checksumOf(some)]);
  for (let bit = 0; bit < 8 * payload.length; bit++) {
    const flipped = payload.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    sums.add(checksumOf({ ...some, payload: flipped }));
  }
  expect(sums.size).toBe(1 + 8 * payload.length);
});

test('what moves from one field to the next is seen', () => {
  fc.assert(
    fc.property(job, ({ id, tenant, queue, name, encoding, payload }) => {
      const moved = { id: `${id}${tenant[0]}`, tenant: `${tenant.slice(1)}0`, queue, name, encoding, payload };
      expect(checksumOf(moved)).not.toBe(checksumOf({ id, tenant, queue, name, encoding, payload }));
    }),
  );
});

/** Bit by bit, as the definition has it. */
function crcOf(text: string): number {
  let crc = -1;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

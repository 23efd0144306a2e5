import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { aNewJob, brokerMessages, sysMessages } from './arbitraries.test.kit.js';
import type { EnqueueBatch } from './broker-protocol.js';
import { brokerCodec, sysCodec } from './codec.js';
import { isErrorCode, TiercelError } from './errors.js';
import type { NewJob } from './job.js';
import { LIMITS } from './limits.js';

interface AnyShape {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

const halves = Object.entries(brokerMessages).flatMap(([verb, { body, reply }]) => {
  const shapes = brokerCodec[verb as keyof typeof brokerCodec] as unknown as { body: AnyShape; reply: AnyShape };
  return [
    { what: `${verb} body`, shape: shapes.body, values: body },
    { what: `${verb} reply`, shape: shapes.reply, values: reply },
  ];
});
const between = Object.entries(sysMessages).map(([kind, values]) => ({
  what: `${kind} body`,
  shape: sysCodec[kind as keyof typeof sysCodec].body as AnyShape,
  values: values as fc.Arbitrary<unknown>,
}));

const { body: enqueue } = brokerCodec.enqueue;
const packr = new Packr({ useRecords: false, moreTypes: false });
const aJob = (told: Partial<NewJob> = {}): NewJob => ({ ...fc.sample(aNewJob, { seed: 1, numRuns: 1 })[0]!, ...told });
const jobs = (count: number, told: Partial<NewJob> = {}): EnqueueBatch => ({
  jobs: Array.from({ length: count }, () => aJob(told)),
});

/** Decodes, or says which of our errors came instead; any other exception fails the test. */
function codeOfDecoding(shape: AnyShape, bytes: Uint8Array): string {
  try {
    shape.decode(bytes);
    return 'OK';
  } catch (error) {
    if (error instanceof TiercelError && isErrorCode(error.code)) return error.code;
    throw error;
  }
}

describe.each([...halves, ...between])('$what', ({ shape, values }) => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(withoutBuffers(shape.decode(shape.encode(value)))).toEqual(value);
      }),
    );
  });

  test('cut short anywhere it is refused', () => {
    for (const value of fc.sample(values, { seed: 7, numRuns: 10 })) {
      const encoded = shape.encode(value);
      for (let length = 0; length < encoded.length; length++)
        expect(codeOfDecoding(shape, encoded.subarray(0, length))).toBe('BAD_MESSAGE');
    }
  });

  test('with a byte too many it is refused', () => {
    const encoded = shape.encode(fc.sample(values, { seed: 7, numRuns: 1 })[0]);
    expect(codeOfDecoding(shape, Buffer.concat([encoded, Buffer.of(0xc0)]))).toBe('BAD_MESSAGE');
  });

  test('any bytes at all are a value or one of our errors', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => codeOfDecoding(shape, bytes) !== ''));
  });
});

test('20,000 damaged batches are each a value or one of our errors', () => {
  const encoded = enqueue.encode({ jobs: fc.sample(aNewJob, { seed: 3, numRuns: 3 }) });
  const damage = fc.array(fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(damage, (changes) => {
      const damaged = Uint8Array.from(encoded);
      for (const [at, byte] of changes) damaged[at] = byte;
      codeOfDecoding(enqueue, damaged);
    }),
    { numRuns: 20_000 },
  );
});

describe('bounds', () => {
  test('500 jobs travel, 501 are BATCH_TOO_LARGE at both ends', () => {
    const small = { payload: new Uint8Array(1) };
    expect(enqueue.decode(enqueue.encode(jobs(500, small))).jobs).toHaveLength(500);
    expect(() => enqueue.encode(jobs(501, small))).toThrow(expect.objectContaining({ code: 'BATCH_TOO_LARGE' }));
    expect(codeOfDecoding(enqueue, packr.pack([new Array(501).fill(0)]))).toBe('BATCH_TOO_LARGE');
  });

  test('a list with a narrower bound keeps it', () => {
    const { body } = brokerCodec.reserve;
    const demand = { queues: new Array(65).fill('mail'), max: 1, maxBytes: 1, owner: '', parkMs: 0 };
    expect(() => body.encode(demand)).toThrow(expect.objectContaining({ code: 'BATCH_TOO_LARGE' }));
    expect(codeOfDecoding(body, packr.pack([demand.queues, 1, 1, '', 0, null, null]))).toBe('BATCH_TOO_LARGE');
  });

  test('512 KiB is the most of a body', () => {
    const payload = new Uint8Array(LIMITS.payloadBytes);
    expect(() => enqueue.encode(jobs(2, { payload }))).toThrow(expect.objectContaining({ code: 'BATCH_TOO_LARGE' }));
    expect(codeOfDecoding(enqueue, new Uint8Array(LIMITS.batchBytes + 1))).toBe('BATCH_TOO_LARGE');
  });

  test('a payload over 256 KiB passes the codec, for the broker refuses it alone and not its batch', () => {
    const payload = new Uint8Array(LIMITS.payloadBytes + 1);
    expect(enqueue.decode(enqueue.encode(jobs(1, { payload }))).jobs[0]?.payload).toHaveLength(payload.length);
  });

  test('a result over 64 KiB is PAYLOAD_TOO_LARGE', () => {
    const { body } = brokerCodec.settle;
    const ack = { tenant: 'acme', id: '1', token: '0'.repeat(24), outcome: 'ack', result: new Uint8Array(64 * 1024 + 1) } as const;
    expect(codeOfDecoding(body, body.encode({ settlements: [ack] }))).toBe('PAYLOAD_TOO_LARGE');
  });

  test('what surrounds one payload is at most 16 KiB', () => {
    const { body } = brokerCodec.list;
    const cursor = 'x'.repeat(16 * 1024);
    expect(codeOfDecoding(body, packr.pack([0, '', cursor, 1]))).toBe('ENVELOPE_TOO_LARGE');
  });

  test('binary does not count as surroundings', () => {
    const payload = new Uint8Array(200_000);
    expect(codeOfDecoding(enqueue, enqueue.encode(jobs(1, { payload })))).toBe('OK');
  });
});

describe('a closed shape', () => {
  const wire = packr.unpack(enqueue.encode(jobs(1))) as unknown[][][];
  const changed = (place: number, value: unknown): Uint8Array =>
    packr.pack([[wire[0]![0]!.map((field, at) => (at === place ? value : field))], null]);

  test('a field too many or too few is refused', () => {
    expect(codeOfDecoding(enqueue, packr.pack([[[...wire[0]![0]!, 0]], null]))).toBe('BAD_MESSAGE');
    expect(codeOfDecoding(enqueue, packr.pack([[wire[0]![0]!.slice(1)], null]))).toBe('BAD_MESSAGE');
  });

  test('a map is refused wherever it stands', () => {
    expect(codeOfDecoding(enqueue, packr.pack({ jobs: [] }))).toBe('BAD_MESSAGE');
    expect(codeOfDecoding(enqueue, changed(0, { id: 'a' }))).toBe('BAD_MESSAGE');
    // a map whose key is a list makes some decoders throw
    expect(codeOfDecoding(enqueue, Uint8Array.of(0x91, 0x81, 0x91, 0x01, 0x01))).toBe('BAD_MESSAGE');
  });

  test('dates and undefined are refused too: no field is one', () => {
    expect(codeOfDecoding(enqueue, changed(7, new Date(0)))).toBe('BAD_MESSAGE');
    expect(codeOfDecoding(enqueue, changed(7, undefined))).toBe('BAD_MESSAGE');
  });

  test.each([
    [0, '', 'body.jobs[0].id'],
    [0, 'a b', 'body.jobs[0].id'],
    [2, '*', 'body.jobs[0].queue'],
    [4, 'text', 'body.jobs[0].payload'],
    [5, 3, 'body.jobs[0].encoding'],
    [5, -1, 'body.jobs[0].encoding'],
    [5, 0.5, 'body.jobs[0].encoding'],
    [6, 2 ** 32, 'body.jobs[0].checksum'],
    [7, -1, 'body.jobs[0].delayMs'],
    [7, 0.5, 'body.jobs[0].delayMs'],
    [7, Number.NaN, 'body.jobs[0].delayMs'],
    [8, 10, 'body.jobs[0].priority'],
    [9, -2, 'body.jobs[0].attempts'],
    [10, 999, 'body.jobs[0].leaseMs'],
    [10, -2, 'body.jobs[0].leaseMs'],
    [10, 86_400_001, 'body.jobs[0].leaseMs'],
    [10, null, 'body.jobs[0].leaseMs'],
    [11, null, 'body.jobs[0].timeoutMs'],
    [15, -1, 'body.jobs[0].atMs'],
    [15, 2 ** 48, 'body.jobs[0].atMs'],
  ])('field %d = %j is refused as %s', (place, value, at) => {
    expect(() => enqueue.decode(changed(place, value))).toThrow(
      expect.objectContaining({ code: 'BAD_MESSAGE', facts: expect.objectContaining({ at }) }),
    );
  });

  test.each([
    [9, -1],
    [9, 0],
    [10, -1],
    [10, 0],
    [10, 1_000],
  ])('field %d = %d says what a number cannot: as the queue, no limit, never', (place, value) => {
    expect(codeOfDecoding(enqueue, changed(place, value))).toBe('OK');
  });

  test('settings of a queue are bounded each by its own', () => {
    const { body } = brokerCodec.control;
    const control = (set: object) => codeOfDecoding(body, body.encode({ queue: 'mail', set, clear: [] }));
    for (const set of [{ leaseMs: 0 }, { leaseMs: 1_000 }, { expireTo: '*dead' }, { maxItems: 2 ** 48 - 1 }])
      expect(control(set)).toBe('OK');
    for (const set of [
      { leaseMs: 999 },
      { leaseMs: -1 },
      { attempts: -1 },
      { expireTo: '*' },
      { maxItems: 2 ** 48 },
      { deadMs: 0.5 },
    ])
      expect(control(set)).toBe('BAD_MESSAGE');
  });

  test('whole numbers may come in any form MessagePack has, as other languages send them', () => {
    const delayMs = 2 ** 34;
    expect(enqueue.decode(changed(7, BigInt(delayMs))).jobs[0]?.delayMs).toBe(delayMs);
    expect(enqueue.decode(changed(8, 5n)).jobs[0]?.priority).toBe(5);
    expect(codeOfDecoding(enqueue, changed(7, 2n ** 63n))).toBe('BAD_MESSAGE');
  });

  test('what a settlement does not need is left out of it, and what it lacks is the least', () => {
    const { body } = brokerCodec.settle;
    const lean = ['acme', '1', '0'.repeat(24), 1, null, null, null, null, null, null, null, null];
    expect(body.decode(packr.pack([[lean], null])).settlements).toEqual([
      {
        ...{ tenant: 'acme', id: '1', token: '0'.repeat(24), outcome: 'release' },
        ...{ delayMs: 0, spend: false, lost: false, head: false, reason: '' },
      },
    ]);
  });
});

/** Bytes come as Buffers, which `toEqual` tells from Uint8Arrays. */
function withoutBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(withoutBuffers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutBuffers(part)]));
}

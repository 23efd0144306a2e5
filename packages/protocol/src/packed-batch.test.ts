import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aNewJob } from './arbitraries.test.kit.js';
import type { EnqueueBatch } from './broker-protocol.js';
import { brokerCodec } from './codec.js';
import { codeOf } from './errors.js';
import type { NewJob } from './job.js';
import { LIMITS } from './limits.js';
import { jobsOf, openBatch, packBatch, readBatch } from './packed-batch.js';

const { body } = brokerCodec.enqueue;
const aJob = (told: Partial<NewJob> = {}): NewJob => ({ ...fc.sample(aNewJob, { seed: 1, numRuns: 1 })[0]!, ...told });
const sent = (jobs: readonly NewJob[]): EnqueueBatch => body.decode(body.encode({ jobs: [], packed: packBatch(jobs) }));
/** Jobs of a few runs, some with ids as clients make them up. */
const jobs = fc.array(fc.tuple(aNewJob, fc.nat(2), fc.boolean()), { maxLength: 12 }).map((drawn) =>
  drawn.map(([job, like, isMadeUp], place) => {
    const { queue, priority, delayMs, atMs, ttlMs } = drawn[Math.min(like, place)]![0];
    return { ...job, queue, priority, delayMs, atMs, ttlMs, ...(isMadeUp && { id: randomUUID() }) };
  }),
);

test('jobs come out as they went in, in their order', () => {
  fc.assert(
    fc.property(jobs, (given) => {
      expect(jobsOf(sent(given))).toEqual(given);
    }),
  );
});

test('what is looked over says the same of a run as who made it', () => {
  fc.assert(
    fc.property(jobs, (given) => {
      const packed = packBatch(given);
      expect(readBatch(packed.bytes)).toEqual(packed);
    }),
  );
});

test('a run is as long as what its jobs share', () => {
  const told = { queue: 'mail', name: 'Send', payload: new Uint8Array(3), delayMs: 0, atMs: 0, ttlMs: 0, priority: 5 };
  const { runs } = packBatch([
    aJob(told),
    aJob({ ...told, payload: new Uint8Array(9) }),
    aJob({ ...told, name: 'Fax', priority: 4 }),
  ]);

  expect(runs).toMatchObject([
    { queue: 'mail', priority: 5, count: 2, payloadBytes: 12, largestBytes: 9, names: new Map([['Send', 2]]) },
    { queue: 'mail', priority: 4, count: 1, payloadBytes: 3, largestBytes: 3, names: new Map([['Fax', 1]]) },
  ]);
});

test('jobs of a list and packed ones may travel together, the list first', () => {
  const [one, other] = [aJob({ id: 'one' }), aJob({ id: 'other' })];

  expect(jobsOf(body.decode(body.encode({ jobs: [one], packed: packBatch([other]) })))).toMatchObject(
    [one, other].map(({ id }) => ({ id })),
  );
});

describe('what comes from outside', () => {
  const whole = packBatch([
    aJob({ name: 'Send', ttlMs: 0, queue: 'mail' }),
    aJob({ name: 'Send', ttlMs: 0, queue: 'mail', id: randomUUID() }),
  ]).bytes;

  /** Decodes, or says which of our errors came instead; any other fails the test. */
  function outcome(bytes: Uint8Array): string {
    try {
      for (const job of openBatch(readBatch(bytes))) body.encode({ jobs: [job] });
      return 'OK';
    } catch (error) {
      if (error instanceof RangeError) return 'refused';
      throw error;
    }
  }

  test('is refused wherever it is cut', () => {
    for (let length = 0; length < whole.length; length++) expect(outcome(whole.subarray(0, length))).toBe('refused');
    expect(outcome(Buffer.concat([whole, Buffer.of(0)]))).toBe('refused');
  });

  test('and damaged in any byte is refused or a batch that any list could be', () => {
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        if (outcome(damaged) === 'refused') return;
        const jobs = openBatch(readBatch(damaged));
        expect(jobsOf(body.decode(body.encode({ jobs })))).toHaveLength(jobs.length); // all the checks of a list
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    ['a queue', { queue: '*' }, 'queue'],
    ['a priority', { priority: 10 }, 'priority'],
    ['a delay', { delayMs: LIMITS.delayMs + 1 }, 'delayMs'],
    ['a time to live', { ttlMs: LIMITS.delayMs + 1 }, 'ttlMs'],
    ['an id', { id: 'a b' }, 'id'],
    ['an id of no length', { id: '' }, 'id'],
    ['a name', { name: 'a b' }, 'name'],
    ['a name of no length', { name: '' }, 'name'],
    ['a lease', { leaseMs: 999 }, 'leaseMs'],
    ['a timeout', { timeoutMs: 0 }, 'timeoutMs'],
    ['a backoff', { backoffMs: LIMITS.backoffMs + 1 }, 'backoffMs'],
    ['a longest backoff', { backoffMaxMs: LIMITS.backoffMs + 1 }, 'backoffMaxMs'],
  ])('%s that a list could not have is refused by its name', (_, told, field) => {
    const job = aJob({ delayMs: 0, atMs: 0, ttlMs: 0, ...told });
    expect(() => readBatch(packBatch([job]).bytes)).toThrow(new RangeError(field));
    expect(() => sent([job])).toThrow(
      expect.objectContaining({ code: 'BAD_MESSAGE', facts: expect.objectContaining({ at: 'body.packed' }) }),
    );
  });

  test('a UUID has one stored form only: as text it is refused, for it would be another id', () => {
    const id = randomUUID();
    const bytes = Buffer.from(packBatch([aJob({ id: 'x'.repeat(36) })]).bytes);
    bytes.write(id, bytes.indexOf('x'.repeat(36)), 'latin1');

    expect(() => readBatch(bytes)).toThrow(new RangeError('id'));
  });

  test('a time to live that its run does not say is refused', () => {
    const bytes = Buffer.from(packBatch([aJob({ queue: 'q', ttlMs: 5, delayMs: 0, atMs: 0 })]).bytes);
    const ttlAt = 2 + 2 + 1 + 12;
    bytes.writeUIntBE(6, ttlAt, 6);

    expect(() => readBatch(bytes)).toThrow(new RangeError('ttlMs'));
  });

  test('500 jobs travel, 501 are BATCH_TOO_LARGE at both ends', () => {
    const many = (count: number) => Array.from({ length: count }, () => aJob({ payload: new Uint8Array(1) }));
    expect(jobsOf(sent(many(500)))).toHaveLength(500);
    const refusal = (act: () => unknown): string => {
      try {
        act();
        return 'OK';
      } catch (error) {
        return codeOf(error);
      }
    };
    expect(refusal(() => sent(many(501)))).toBe('BATCH_TOO_LARGE');
    const { bytes } = packBatch(many(501));
    expect(refusal(() => body.decode(body.encode({ jobs: [], packed: { count: 1, runs: [], bytes } })))).toBe('BATCH_TOO_LARGE');
  });
});

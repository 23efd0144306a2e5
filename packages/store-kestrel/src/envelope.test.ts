import { checksumOf, encodeData } from '@tiercel/protocol';
import { aJob } from '@tiercel/store/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEnvelope, writeEnvelope } from './envelope.js';
import { sharedForm } from './shared-form.js';
import { type StoredJob, storedJobOf } from './stored-job.js';

const aName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/);
const aCount = fc.nat();
const aStoredJob: fc.Arbitrary<StoredJob> = fc
  .record({
    tenant: aName,
    queue: aName,
    id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,30}$/),
    name: fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
    payload: fc.uint8Array({ maxLength: 300 }),
    ...{ attempts: aCount, leaseMs: aCount, ttlMs: aCount, timeoutMs: aCount, backoffMs: aCount, backoffMaxMs: aCount },
  })
  .chain((told) =>
    fc
      .record({
        attempt: aCount,
        spent: aCount,
        undelivered: aCount,
        lostLeases: aCount,
        reason: fc.string({ maxLength: 60 }),
        dueAtMs: aCount,
      })
      .map((run) => ({
        ...storedJobOf(aJob({ encoding: 'raw', ...told }), 1_900_000_000_000),
        ...run,
      })),
  );

/** As a worker finds out. */
const isSound = (job: StoredJob): boolean => checksumOf({ ...job, queue: job.originQueue }) === job.checksum;

test('what is written is read again', () => {
  fc.assert(
    fc.property(aStoredJob, (job) => {
      expect(readEnvelope(writeEnvelope(job))).toEqual(job);
    }),
  );
});

test('an item that was cut off is no job', () => {
  fc.assert(
    fc.property(aStoredJob, fc.double({ min: 0, max: 0.999, noNaN: true }), (job, share) => {
      const item = writeEnvelope(job);
      expect(readEnvelope(item.subarray(0, Math.floor(item.length * share)))).toBeUndefined();
    }),
  );
});

test('an item with a bit that is not as it was is no job, or one whose checksum says so', () => {
  fc.assert(
    fc.property(aStoredJob, fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(7), (job, share, bit) => {
      const item = writeEnvelope(job);
      item[Math.floor(item.length * share)]! ^= 1 << bit;
      const read = readEnvelope(item);
      expect(read === undefined || !isSound(read)).toBe(true);
    }),
  );
});

test('nothing that somebody else wrote is an envelope', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readEnvelope(bytes) === undefined));
});

test('with shared names JSON comes back as it was, and what is none as an envelope', () => {
  const form = sharedForm('n', { newId: () => 'made-up', now: () => 0 });
  const through = (job: StoredJob) => form.read(form.write(job), 'n_mail');
  const stored = (told: Parameters<typeof aJob>[0]) => storedJobOf(aJob(told), 5);
  const whole = stored({ payload: Buffer.from('{"big":12345678901234567890, "s":"}\u00e9"}') });

  expect({ ...through(whole)!, payload: Buffer.from(through(whole)!.payload) }).toEqual(whole);
  fc.assert(
    fc.property(fc.json(), (text) => {
      const job = stored({ payload: Buffer.from(text) });
      expect(Buffer.from(through(job)!.payload).toString()).toBe(text);
      expect(isSound(through(job)!)).toBe(true);
    }),
  );
  const packed = stored({ encoding: 'msgpack', payload: encodeData({ a: [1, 'x', null] }) });
  expect(through(packed)).toMatchObject({ encoding: 'json' });
  expect(isSound(through(packed)!)).toBe(true);
  expect(through(stored({ encoding: 'raw', payload: Uint8Array.of(0, 255) }))).toMatchObject({ encoding: 'raw' });
  expect(form.read(Buffer.from('{"instance":"a"}'), 'n_mail')).toBeUndefined();
});

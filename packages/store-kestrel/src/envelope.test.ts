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

test('with shared names an item with a bit that is not as it was is no job, or one whose checksum says so, or the same job', () => {
  const form = sharedForm('n', { newId: () => 'made-up', now: () => 0 });
  const stored = { ...storedJobOf(aJob(), 1_900_000_000_000), attempt: 3, spent: 2, reason: 'it "failed" \u00e9', dueAtMs: 7 };
  const whole = form.write(stored);
  const plain = (job: StoredJob) => ({ ...job, payload: Buffer.from(job.payload).toString() });
  expect(plain(form.read(whole, 'n_mail')!)).toEqual(plain(stored));

  for (let at = 0; at < whole.length * 8; at++) {
    const item = Uint8Array.from(whole);
    item[at >> 3]! ^= 1 << (at & 7);
    const read = form.read(item, 'n_mail');
    if (read !== undefined && isSound(read)) expect(plain(read)).toEqual(plain(stored));
  }
});

test('with shared names the data of others pass as they were written', () => {
  const form = sharedForm('n', { newId: () => 'made-up', now: () => 0 });
  const data = '{"big": 12345678901234567890,\n "pi":3.14159265358979323846, "one":1.0, "\\u00e9":"\\/"}';
  const read = form.read(Buffer.from(`{"data":${data} , "jobName":"Hello","instance":"acme"}`), 'n_mail')!;

  expect(Buffer.from(read.payload).toString()).toBe(data);
  expect(Buffer.from(form.read(form.write({ ...read, spent: 1 }), 'n_mail')!.payload).toString()).toBe(data);
  expect(Buffer.from(form.write(read)).toString().endsWith(`,"data":${data}}`)).toBe(true);
  expect(form.read(Buffer.from('{"instance":"acme","jobName":"Hello","data":1,"data":2}'), 'n_mail')).toBeUndefined();
});

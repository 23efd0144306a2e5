import { jobAsJson, toJson } from '@tiercel/client';
import { AS_QUEUE, encodeData, type JobView, NEVER_MS } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { jobAsFacts, oneLine } from './readable.js';

const aJob = (of: Partial<JobView> = {}): JobView => ({
  ...{ id: 'a', tenant: 'dev', queue: 'q', name: 'N', state: 'completed', attempt: 1, spent: 0, attempts: 5, undelivered: 0 },
  ...{
    lostLeases: 0,
    priority: 5,
    cancelRequested: false,
    createdAtMs: 0,
    atMs: 1_000,
    owner: '',
    reason: '',
    encoding: 'msgpack',
  },
  ...of,
});

test('a job as JSON has its data and result decoded and its times as text', () => {
  const job = aJob({ payload: encodeData({ foo: 'bar' }), result: encodeData([1, 2n ** 60n]) });

  expect(JSON.parse(toJson(jobAsJson(job)))).toMatchObject({
    data: { foo: 'bar' },
    result: [1, '1152921504606846976'],
    createdAt: '1970-01-01T00:00:00.000Z',
    at: '1970-01-01T00:00:01.000Z',
  });
});

test('bytes are shown as base64, also those that cannot be decoded', () => {
  expect(toJson({ raw: Buffer.from('hi'), more: Uint8Array.of(255) })).toBe('{"raw":"aGk=","more":"/w=="}');
  expect(toJson(jobAsJson(aJob({ payload: Uint8Array.of(0xc1) })).data)).toBe('"wQ=="');
});

test('a ready job has no time to show, and long data is cut', () => {
  const shown = jobAsFacts(aJob({ state: 'ready', atMs: 0, payload: encodeData('x'.repeat(1_000)) }));

  expect(shown['ready at']).toBeNull();
  expect(String(shown.data)).toHaveLength(200);
  expect(oneLine({ a: 1 })).toBe('{"a":1}');
});

test.each([
  ['scheduled', 'ready at', 'last error'],
  ['leased', 'lease ends', 'last error'],
  ['dead', 'ended at', 'reason'],
  ['completed', 'ended at', 'last error'],
] as const)('the time and the reason of a %s job say what they are', (state, at, why) => {
  expect(jobAsFacts(aJob({ state, attempt: 3, spent: 2, reason: 'Error: no' }))).toMatchObject({
    [at]: '1970-01-01T00:00:01.000Z',
    [why]: 'Error: no',
    attempt: '3, spent 2 of 5',
  });
});

test('a lease that never ends and a job that leaves its attempts to its queue say so', () => {
  const shown = jobAsFacts(aJob({ state: 'leased', atMs: NEVER_MS, attempts: AS_QUEUE }));

  expect(shown['lease ends']).toBe('never');
  expect(shown.attempt).toBe('1, spent 0 of as many as its queue says');
  expect(jobAsFacts(aJob({ attempts: 0 })).attempt).toBe('1, spent 0 of any number');
});

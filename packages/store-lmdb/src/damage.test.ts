import type { StoreEvent } from '@tiercel/store';
import { expect, test } from 'vitest';
import { LmdbJournal } from './journal.js';
import { keyOf } from './key.js';
import { ackOf, aDirectory, damage, openStore, QUEUE, reserveSome, someJobs, TENANT } from './lmdb.test.kit.js';

const PAGE = { cursor: '', limit: 10 };
const LARGE = new Uint8Array(5_000).fill(9);

/** Three jobs, the second damaged on the disk while nobody had it open. */
async function setup(payload?: Uint8Array) {
  const [path, events] = [await aDirectory(), [] as StoreEvent[]];
  const jobs = someJobs(3, payload && { payload });
  const before = await openStore({ path });
  await before.enqueue(jobs);
  await before.close();
  await damage(path, TENANT, 'job-1');
  const store = await openStore({ path, onEvent: (event) => events.push(event) });
  return { store, events, jobs };
}

test('a record that is not as it was written is set aside, byte for byte, and the others are handed out', async () => {
  const { store, events } = await setup();

  expect((await reserveSome(store)).map(({ id }) => id)).toEqual(['job-0', 'job-2']);
  const { records } = await store.quarantined(TENANT, PAGE);
  expect(records).toMatchObject([{ id: 'job-1', reason: expect.stringContaining('CORRUPT') }]);
  expect(Buffer.from(records[0]!.record).toString('latin1')).toContain('HelloWorld');
  expect(events).toMatchObject([{ kind: 'quarantined', tenant: TENANT, id: 'job-1' }]);
});

test('its id stays taken until it is purged', async () => {
  const { store, jobs } = await setup();

  expect(await store.enqueue([jobs[1]!])).toEqual([{ code: 'DUPLICATE_ID', state: '' }]);
  expect(await store.revive(TENANT, ['job-1'])).toMatchObject([{ code: 'WRONG_STATE' }]);
  expect(await store.purge(TENANT, { queue: '', states: ['quarantined'], limit: 10 })).toEqual({ removed: 1, more: false });
  expect(await store.enqueue([jobs[1]!])).toEqual([{ code: 'OK', state: 'ready' }]);
  expect((await reserveSome(store)).map(({ id }) => id)).toEqual(['job-0', 'job-2', 'job-1']);
});

test('a large payload that is not as it was written is found when its job is to be handed out', async () => {
  const { store } = await setup(LARGE);

  const leases = await reserveSome(store);

  expect(leases.map(({ id }) => id)).toEqual(['job-0', 'job-2']);
  expect(await store.settle(leases.map(ackOf))).toEqual(['OK', 'OK']);
  expect((await store.quarantined(TENANT, PAGE)).records.map(({ id }) => id)).toEqual(['job-1']);
  expect((await store.queues(TENANT)).map(({ queue, ready }) => [queue, ready])).toEqual([[QUEUE, 0]]);
});

test('jobs that are not to be found any more are told, and the others are handed out', async () => {
  const [path, events] = [await aDirectory(), [] as StoreEvent[]];
  const before = await openStore({ path });
  await before.enqueue(someJobs(4));
  await before.purge(TENANT, { queue: QUEUE, states: ['ready'], limit: 1 });
  await before.close();
  const journal = LmdbJournal.open(path);
  await journal.write(['job-1', 'job-3'].map((id) => ({ key: keyOf('record', TENANT, id) })));
  await journal.close();

  const store = await openStore({ path, onEvent: (event) => events.push(event) });

  expect(events).toEqual([{ kind: 'unfit', reason: expect.stringMatching(/^2 jobs are not to be found/) }]);
  expect((await reserveSome(store)).map(({ id }) => id)).toEqual(['job-2']);
});

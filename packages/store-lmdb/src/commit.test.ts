import type { StoreEvent } from '@tiercel/store';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, aDirectory, Gate, isSettled, openStore, refusal, reserveSome, someJobs, TENANT } from './lmdb.test.kit.js';

const PAYLOAD = { payload: false };

/** An open store whose commits can be held up. */
async function setup() {
  const [gate, path, events] = [new Gate(), await aDirectory(), [] as StoreEvent[]];
  const store = await openStore({ path, onEvent: (event) => events.push(event) }, gate.machine);
  onTestFinished(() => gate.open());
  const [first, ...rest] = someJobs(10);
  return { gate, path, store, events, first: first!, rest };
}

test('nothing is acknowledged before it is on the disk', async () => {
  const { gate, store, first } = await setup();
  gate.isShut = true;

  const verdicts = store.enqueue([first]);
  await gate.arrival();
  expect(await isSettled(verdicts)).toBe(false);

  gate.pass();
  expect(await verdicts).toMatchObject([{ code: 'OK' }]);
});

test('nobody is told of what is not on the disk yet, not even who only looks', async () => {
  const { gate, store, first } = await setup();
  gate.isShut = true;
  const verdicts = store.enqueue([first]);
  await gate.arrival();

  const looks = [store.find(TENANT, [first.id], PAYLOAD), store.queues(TENANT), store.backlog(0, { queue: '', limit: 9 })];
  const again = store.enqueue([first]);
  expect(await Promise.all([...looks, again].map(isSettled))).toEqual([false, false, false, false]);

  gate.pass();
  expect(await looks[0]).toMatchObject([{ state: 'ready' }]);
  expect(await again).toMatchObject([{ code: 'DUPLICATE' }]);
  await verdicts;
});

test('who changes nothing while nothing is under way waits for no disk', async () => {
  const { gate, store, first } = await setup();
  await store.enqueue([first]);
  gate.isShut = true;

  expect(await store.enqueue([first])).toMatchObject([{ code: 'DUPLICATE' }]);
  expect(await store.promote(0, 10)).toMatchObject({ moved: 0 });
});

test('all that comes while one commit is under way goes into the next, and that is one', async () => {
  const { gate, store, first, rest } = await setup();
  gate.isShut = true;
  const calls = [store.enqueue([first])];
  await gate.arrival();
  calls.push(...rest.map((job) => store.enqueue([job])));

  gate.pass();
  await calls[0];
  await gate.arrival();
  expect(gate.waiting).toHaveLength(1);
  expect(await isSettled(calls.at(-1)!)).toBe(false);

  gate.pass();
  expect(await Promise.all(calls)).toHaveLength(10);
});

test('a failed commit is told to all it was for, and to all that rested on it; then the store is as the disk has it', async () => {
  const { gate, store, first, rest, events } = await setup();
  await store.enqueue([rest[0]!]);
  const before = store.status.epoch;
  gate.isShut = true;
  gate.fault = Object.assign(new Error('Input/output error'), { code: 5 });

  const [lost, seen] = [store.enqueue([first]), store.find(TENANT, [first.id], PAYLOAD)];
  await gate.arrival();
  const late = store.enqueue([rest[1]!]);
  gate.open();
  const codes = (await Promise.all([lost, seen, late].map(refusal))).map(({ code }) => code);

  expect(codes).toEqual(['STORAGE_UNAVAILABLE', 'STORAGE_UNAVAILABLE', 'STORAGE_UNAVAILABLE']);
  await reopened(events);
  const ids = [first, ...rest].map(({ id }) => id);
  expect((await store.find(TENANT, ids, PAYLOAD)).map((job) => job?.id)).toEqual([undefined, rest[0]!.id, ...Array(8)]);
  expect(store.status.epoch).toBe(before + 1);
  expect(await store.enqueue([first])).toMatchObject([{ code: 'OK' }]);
});

test('while a store is opened again it is unavailable, and says why', async () => {
  const { gate, store, first } = await setup();
  gate.fault = Object.assign(new Error('Input/output error'), { code: 5 });

  await refusal(store.enqueue([first]));

  expect(await refusal(store.queues(TENANT))).toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    facts: { reason: 'it is being opened again' },
  });
});

test('a write without room is STORAGE_FULL, and no job is taken until there is some', async () => {
  const { gate, store, first, rest, events } = await setup();
  await store.enqueue([first]);
  gate.fault = Object.assign(new Error('No space left on device'), { code: 28 });

  expect((await refusal(store.enqueue([rest[0]!]))).code).toBe('STORAGE_FULL');
  await reopened(events);

  expect((await refusal(store.enqueue([rest[0]!]))).code).toBe('STORAGE_FULL');
  const [lease] = await reserveSome(store);
  expect(await store.settle([ackOf(lease!)])).toEqual(['OK']);
  expect(events[0]).toEqual({ kind: 'full', freeBytes: 0 });
});

test('a closed store takes no more calls, and closing waits for the disk', async () => {
  const { gate, store, first } = await setup();
  gate.isShut = true;
  const verdicts = store.enqueue([first]);
  await gate.arrival();

  const closed = store.close();
  expect(await isSettled(closed)).toBe(false);
  gate.open();
  await closed;

  expect(await verdicts).toMatchObject([{ code: 'OK' }]);
  expect((await refusal(store.queues(TENANT))).code).toBe('STORAGE_UNAVAILABLE');
});

test('a store that is closed while it is opened again stays closed, and leaves its files to whoever comes next', async () => {
  const { gate, path, store, first, rest } = await setup();
  await store.enqueue([first]);
  gate.fault = Object.assign(new Error('Input/output error'), { code: 5 });
  await refusal(store.enqueue([rest[0]!]));

  await store.close();

  expect(gate.journals).toEqual({ opened: 2, closed: 2 });
  expect(await refusal(store.queues(TENANT))).toMatchObject({ code: 'STORAGE_UNAVAILABLE', facts: { reason: 'it was closed' } });
  expect((await reserveSome(await openStore({ path }))).map(({ id }) => id)).toEqual([first.id]);
});

/** When the store has been opened again. */
async function reopened(events: readonly StoreEvent[]): Promise<void> {
  while (!events.some(({ kind }) => kind === 'engine')) await new Promise(setImmediate);
}

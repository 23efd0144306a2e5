import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { JobStore } from '@tiercel/store';
import { ManualClock } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { LmdbJournal } from './journal.js';
import { ackOf, aDirectory, openStore, reserveSome, someJobs, TENANT } from './lmdb.test.kit.js';

const LARGE = new Uint8Array(100_000).map((_, at) => at % 251);
const SMALL = new Uint8Array(512).fill(3);
const RETENTION = { finishedMs: 0, keepAtLeastMs: 0 };
const AN_HOUR = 3_600_000;

const isLarge = (bytes: Uint8Array | undefined): boolean => bytes !== undefined && Buffer.compare(bytes, LARGE) === 0;

async function payloadOf(store: JobStore, id: string): Promise<Uint8Array | undefined> {
  return (await store.find(TENANT, [id], { payload: true }))[0]?.payload;
}

/** How many rows a directory has for jobs, and for payloads and results that stand apart. */
async function rowsIn(path: string): Promise<number[]> {
  const journal = LmdbJournal.open(path);
  const counts = (['record', 'payload', 'result'] as const).map((kind) => [...journal.rows(kind)].length);
  await journal.close();
  return counts;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Bytes that buffers take that somebody keeps. What a collection finds is freed by another thread, which may be late; the next
 * collection begins by waiting for it.
 */
function bufferBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

test('a large payload is a row of its own; it is handed out as it came, also after the store was opened again', async () => {
  const path = await aDirectory();
  const store = await openStore({ path });
  await store.enqueue([...someJobs(1, { payload: LARGE }), ...someJobs(1, { id: 'small', payload: SMALL })]);
  expect(isLarge(await payloadOf(store, 'job-0'))).toBe(true);
  await store.close();
  expect(await rowsIn(path)).toEqual([2, 1, 0]);

  const [first, second] = await reserveSome(await openStore({ path }));

  expect(isLarge(first?.payload)).toBe(true);
  expect(second?.payload).toEqual(SMALL);
});

test('memory lets go of it when it is on the disk', async () => {
  const store = await openStore({ path: await aDirectory() });
  const before = bufferBytes();

  for (let batch = 0; batch < 20; batch++)
    await store.enqueue(someJobs(5, { payload: LARGE }).map((job) => ({ ...job, id: `${batch}-${job.id}` })));

  expect(bufferBytes() - before).toBeLessThan(LARGE.length); // not one of a hundred
  expect(isLarge(await payloadOf(store, '7-job-3'))).toBe(true);
});

test('it goes with the end of its job; a large result with what is kept of that', async () => {
  const [path, clock] = [await aDirectory(), new ManualClock()];
  const store = await openStore({ path, clock, retention: RETENTION });
  await store.enqueue(someJobs(2, { payload: LARGE }));
  const [first, second] = await reserveSome(store);
  await store.settle([
    { ...ackOf(first!), result: LARGE },
    { ...ackOf(second!), outcome: 'bury', reason: 'bad' },
  ]);
  await store.close();
  expect(await rowsIn(path)).toEqual([2, 1, 1]);

  const again = await openStore({ path, clock, retention: RETENTION });
  expect(isLarge((await again.find(TENANT, ['job-0'], { payload: false }))[0]?.result)).toBe(true);
  clock.advance(AN_HOUR);
  expect(await again.prune(0, 10)).toMatchObject({ moved: 1 });
  await again.purge(TENANT, { queue: 'mail', states: ['dead'], limit: 10 });
  await again.close();
  expect(await rowsIn(path)).toEqual([0, 0, 0]);
});

test('a job that comes again under an id that was forgotten in the same moment keeps its payload', async () => {
  const [path, clock] = [await aDirectory(), new ManualClock()];
  const store = await openStore({ path, clock });
  await store.enqueue(someJobs(1, { payload: LARGE }));

  const other = LARGE.toReversed();
  await Promise.all([
    store.purge(TENANT, { queue: 'mail', states: ['ready'], limit: 1 }),
    store.enqueue(someJobs(1, { payload: other })),
  ]);
  await store.close();

  const kept = await payloadOf(await openStore({ path, clock }), 'job-0');
  expect(Buffer.compare(kept!, other)).toBe(0);
});

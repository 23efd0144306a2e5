import { expect, test } from 'vitest';
import { instrument } from './instrument.js';
import type { JobStore, StoreVerb } from './job-store.js';
import { openMemoryStore } from './memory/memory-store.js';
import { shardOf } from './shard.js';
import { aJob, describeJobStore, ManualClock } from './testing/index.js';
import { aReserve } from './testing/setup.js';

test('every call of a verb is told once, with its time and its items', async () => {
  const { store, calls } = setup();

  await store.enqueue([aJob(), aJob({ id: 'b' })]);
  await store.reserve(aReserve(store));
  await store.find('acme', ['job-1'], { payload: false });
  await store.promote(shardOf('acme', store.shards), 10);

  expect(calls).toEqual([
    { verb: 'enqueue', tookMs: 7, items: 2 },
    { verb: 'reserve', tookMs: 7, items: 2 },
    { verb: 'find', tookMs: 7, items: 1 },
    { verb: 'promote', tookMs: 7, items: 0 },
  ]);
});

test('a call that fails is told once with its error, and fails all the same', async () => {
  const error = Object.assign(new Error('down'), { code: 'STORAGE_UNAVAILABLE' });
  const { store, calls } = setup({ reserve: () => Promise.reject(error) });

  await expect(store.reserve(aReserve(store))).rejects.toBe(error);

  expect(calls).toEqual([{ verb: 'reserve', tookMs: 7, items: 0, error }]);
});

describeJobStore('memory, instrumented,', async (options) => {
  const store = instrument(openMemoryStore(options), { clock: { monotonic: () => 0 }, onCall() {} });
  return { store, close: () => store.close() };
});

/** A store whose every call takes 7 ms. */
function setup(broken: Partial<JobStore> = {}) {
  const calls: { verb: StoreVerb; tookMs: number; items: number; error?: unknown }[] = [];
  let nowMs = 0;
  const store = instrument(
    { ...openMemoryStore({ clock: new ManualClock() }), ...broken },
    {
      clock: { monotonic: () => (nowMs += 7) },
      onCall: (verb, tookMs, items, error) => calls.push({ verb, tookMs, items, ...(error !== undefined && { error }) }),
    },
  );
  return { store, calls };
}

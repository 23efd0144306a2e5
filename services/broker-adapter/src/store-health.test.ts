import { VirtualClock } from '@tiercel/actors/testing';
import { TiercelError } from '@tiercel/protocol';
import { instrument, type JobStore, openMemoryStore } from '@tiercel/store';
import { expect, test } from 'vitest';
import { StoreHealth } from './store-health.js';

const SOME_MS = 2_000;

/** A store that fails as it is told, on a clock that the test moves. */
function setup() {
  const clock = new VirtualClock();
  const memory = openMemoryStore({ clock, shards: 1 });
  const faults: { error?: TiercelError } = {};
  const promote: JobStore['promote'] = async (shard, limit) => {
    if (faults.error) throw faults.error;
    return memory.promote(shard, limit);
  };
  const health = new StoreHealth(memory, clock);
  const store = instrument({ ...memory, promote }, { clock, onCall: health.onCall });
  const sweep = () => store.promote(0, 1).catch(() => {});
  return { clock, store, health, faults, sweep };
}

test('a storage is well once a call that changes something succeeded, and says what it keeps', async () => {
  const { health, store, sweep } = setup();
  await store.backlog(0, { queue: '', limit: 1 });
  expect(health.check()).toMatchObject({ ok: false });

  await sweep();

  const status = { durability: 'memory', epoch: 1, engine: 'memory', unknown: [], clockJumpMs: 0 };
  expect(health.check()).toEqual({ ok: true, answeredMsAgo: 0, code: undefined, ...status });
});

test('one that can only be looked at is not well', async () => {
  const { clock, health, store, faults, sweep } = setup();
  await sweep();
  faults.error = new TiercelError('STORAGE_UNAVAILABLE', { reason: 'READONLY' });

  for (let turn = 0; turn < 2; turn++) {
    await clock.advance(SOME_MS);
    await sweep();
    await store.backlog(0, { queue: '', limit: 1 });
  }

  expect(health.check()).toMatchObject({ ok: false, answeredMsAgo: 2 * SOME_MS, code: 'STORAGE_UNAVAILABLE' });
});

test('a fault that passes leaves it well, and the next success forgets it', async () => {
  const { clock, health, faults, sweep } = setup();
  await sweep();
  faults.error = new TiercelError('STORAGE_UNFIT');
  await clock.advance(SOME_MS);
  await sweep();
  expect(health.check()).toMatchObject({ ok: true, code: 'STORAGE_UNFIT' });
  delete faults.error;

  await sweep();

  expect(health.check()).toMatchObject({ ok: true, answeredMsAgo: 0, code: undefined });
});

import { expect, test } from 'vitest';
import type { StoreEvent } from '../job-store.js';
import { aJob, describeJobStore, ManualClock } from '../testing/index.js';
import { aReserve, refOf } from '../testing/setup.js';
import { openMemoryStore } from './memory-store.js';

describeJobStore('memory', async (options) => {
  const store = openMemoryStore(options);
  return { store, close: () => store.close() };
});

test('memory is all that memory keeps: whoever requires more is refused', () => {
  const clock = new ManualClock();

  for (const requireDurability of ['unknown', 'memory'] as const)
    expect(openMemoryStore({ clock, requireDurability }).status).toMatchObject({ durability: 'memory' });
  for (const requireDurability of ['process-crash', 'power-loss', 'replicated'] as const)
    expect(() => openMemoryStore({ clock, requireDurability })).toThrowError(expect.objectContaining({ code: 'STORAGE_UNFIT' }));
});

test('what is set aside is said', async () => {
  const events: StoreEvent[] = [];
  const store = openMemoryStore({ clock: new ManualClock(), onEvent: (event) => events.push(event) });
  await store.enqueue([aJob()]);
  const { jobs } = await store.reserve(aReserve(store));

  await store.settle(jobs.map((lease) => ({ ...refOf(lease), outcome: 'bury', reason: 'CORRUPT: bits', corrupt: true })));

  expect(events).toEqual([{ kind: 'quarantined', tenant: 'acme', id: 'job-1', reason: 'CORRUPT: bits' }]);
});

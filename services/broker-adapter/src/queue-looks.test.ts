import { silentLog } from '@tiercel/actors';
import { VirtualClock } from '@tiercel/actors/testing';
import { Metrics } from '@tiercel/host';
import { TiercelError } from '@tiercel/protocol';
import { instrument, type JobStore, openMemoryStore } from '@tiercel/store';
import { aJob } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { LOOKS, tellQueues } from './queue-looks.js';
import { TenantsSeen } from './tenants-seen.js';

/** A storage on a clock that the test moves, and what is told of it. */
function setup(broken: Partial<JobStore> = {}) {
  const clock = new VirtualClock();
  const seen = new TenantsSeen();
  const store = instrument({ ...openMemoryStore({ clock, shards: 2 }), ...broken }, { clock, onCall: seen.onCall });
  const metrics = new Metrics();
  tellQueues({ store, seen, metrics, clock, log: silentLog });
  const line = async (start: string): Promise<string | undefined> =>
    (await metrics.text()).split('\n').find((each) => each.startsWith(start));
  const lines = async (name: string) => (await metrics.text()).split('\n').filter((each) => each.startsWith(`${name}{`));
  return { clock, store, metrics, line, lines };
}

test('queues are told by state and age, and what happened to their jobs', async () => {
  const { clock, store, metrics } = setup();
  await store.enqueue([
    aJob({ queue: 'mail' }),
    aJob({ id: 'b', queue: 'mail' }),
    aJob({ id: 'c', queue: 'later', delayMs: 60_000 }),
  ]);
  await clock.advance(5_000);

  const text = await metrics.text();

  expect(text).toContain('tiercel_queue_depth{tenant="acme",queue="mail",state="ready"} 2\n');
  expect(text).toContain('tiercel_queue_depth{tenant="acme",queue="later",state="scheduled"} 1\n');
  expect(text).toContain('tiercel_queue_oldest_seconds{tenant="acme",queue="mail"} 5\n');
  expect(text).toContain('tiercel_queue_jobs_total{tenant="acme",queue="mail",event="enqueued"} 2\n');
  expect(text).toContain('tiercel_jobs_total{event="enqueued"} 3\n');
  expect(text).toContain('tiercel_tenants_known 1\n');
});

test('the storage is asked once in a while, however often one looks', async () => {
  const asked: string[] = [];
  const memory = openMemoryStore({ clock: new VirtualClock() });
  const { clock, store, line } = setup({ ...memory, queues: (tenant) => memory.queues(tenant).finally(() => asked.push(tenant)) });
  await store.enqueue([aJob()]);

  await Promise.all([line('x'), line('x'), line('x')]);
  await clock.advance(LOOKS.freshMs - 1);
  await line('x');
  expect(asked).toEqual(['acme']);
  expect(await line('tiercel_queues_age_seconds')).toBe('tiercel_queues_age_seconds 9.999');
  await clock.advance(1);
  await line('x');

  expect(asked).toEqual(['acme', 'acme']);
});

test('a storage that does not answer delays no scrape for long, and what was known is told on', async () => {
  let answer: (queues: readonly []) => void = () => {};
  const { clock, store, metrics } = setup({ queues: () => new Promise((resolve) => (answer = resolve)) });
  await store.enqueue([aJob()]);

  const scrape = metrics.text();
  await clock.advance(LOOKS.waitMs);
  expect(await scrape).toContain('tiercel_queues_age_seconds -1\n');

  answer([]);
  await clock.advance(1);
  expect(await metrics.text()).toMatch(/^tiercel_queues_age_seconds 0(\.001)?$/m);
});

test('one that fails is told by the age of what is known', async () => {
  const { clock, metrics, line } = setup({ totals: () => Promise.reject(new TiercelError('STORAGE_UNAVAILABLE')) });

  expect(await line('tiercel_queues_age_seconds')).toBe('tiercel_queues_age_seconds -1');
  await clock.advance(LOOKS.freshMs);
  expect(await metrics.text()).toContain('tiercel_queues_age_seconds -1');
});

test('tenants and queues beyond the bound are told together', async () => {
  const { store, lines } = setup();
  const many = Array.from({ length: LOOKS.tenantsLabelled + 3 }, (_, place) => `t${place}`);
  for (const tenant of many) await store.enqueue([aJob({ tenant })]);
  for (let place = 0; place < LOOKS.queues + 2; place++)
    await store.enqueue([aJob({ tenant: 't0', id: `q${place}`, queue: `q${place}` })]);

  const ready = (await lines('tiercel_queue_depth')).filter((each) => each.includes('state="ready"'));

  expect(ready).toHaveLength(LOOKS.tenantsLabelled - 1 + (LOOKS.queues + 1) + 1);
  expect(ready).toContain('tiercel_queue_depth{tenant="_other",queue="_other",state="ready"} 3');
  expect(ready).toContain('tiercel_queue_depth{tenant="t0",queue="_other",state="ready"} 3');
});

test('a broker that has just started finds tenants by their ready jobs', async () => {
  const clock = new VirtualClock();
  const store = openMemoryStore({ clock });
  await store.enqueue([aJob()]);
  const metrics = new Metrics();
  tellQueues({ store, seen: new TenantsSeen(), metrics, clock, log: silentLog });

  expect(await metrics.text()).toContain('tiercel_queue_depth{tenant="acme"');
});

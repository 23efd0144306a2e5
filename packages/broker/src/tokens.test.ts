import { silentLog } from '@tiercel/actors';
import { createTestKit } from '@tiercel/actors/testing';
import { type BrokerProtocol, brokerCodec, brokerPath, checksumOf, DEFAULTS, encodeData, POOL } from '@tiercel/protocol';
import { type JobStore, openMemoryStore, type StoreStatus, shardOf } from '@tiercel/store';
import { expect, test } from 'vitest';
import { createBroker } from './broker.js';

const SHARDS = 2;

async function setup() {
  const kit = createTestKit();
  const memory = openMemoryStore({ clock: kit.clock, shards: SHARDS });
  const status: { -readonly [K in keyof StoreStatus]: StoreStatus[K] } = { ...memory.status };
  const store: JobStore = { ...memory, status };
  const system = kit.system('broker');
  void createBroker({ system, store, namespace: 'test', name: 'b', clock: kit.clockOf('broker'), log: silentLog });
  await kit.settle();
  const pool = kit.system('worker').ref<BrokerProtocol>(brokerPath('test', POOL), brokerCodec);
  return { kit, store, status, pool };
}

function aJob(tenant: string, id = 'one') {
  const job = { id, tenant, queue: 'mail', name: 'Send', payload: encodeData({}), encoding: 'msgpack' as const };
  const bounds = { delayMs: 0, atMs: 0, priority: 5, timeoutMs: 1_000, ttlMs: 0, generated: false };
  return { ...DEFAULTS, ...bounds, ...job, checksum: checksumOf(job) };
}

test('leases that shards grant in the same millisecond have different tokens', async () => {
  const { kit, store, pool } = await setup();
  const tenants = ['acme', 'blue', 'cyan', 'dune'];
  expect(new Set(tenants.map((tenant) => shardOf(tenant, SHARDS))).size).toBe(SHARDS);
  await store.enqueue(tenants.map((tenant) => aJob(tenant)));

  const asked = pool.ask('reserve', { queues: ['*'], max: 10, maxBytes: 1_000, owner: 'w', parkMs: 1_000 }, { timeoutMs: 5_000 });
  await kit.advance(2_000);

  const { jobs } = await asked;
  expect(jobs).toHaveLength(tenants.length);
  expect(new Set(jobs.map(({ token }) => token)).size).toBe(tenants.length);
});

test('a storage that may have forgotten tokens gets another nonce for those to come, and keeps it', async () => {
  const { kit, store, status, pool } = await setup();
  const endOfNext = async (id: string) => {
    await store.enqueue([aJob('acme', id)]);
    const asked = pool.ask('reserve', { queues: ['*'], max: 1, maxBytes: 1_000, owner: 'w', parkMs: 1_000 }, { timeoutMs: 5_000 });
    await kit.advance(2_000);
    return (await asked).jobs[0]!.token.slice(16);
  };

  const before = await endOfNext('one');
  expect(await endOfNext('two')).toBe(before);
  status.epoch++;
  const after = await endOfNext('three');

  expect(after).not.toBe(before);
  expect(await endOfNext('four')).toBe(after);
});

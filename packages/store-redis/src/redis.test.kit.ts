import { silentLog } from '@tiercel/actors';
import { packId, type TiercelError } from '@tiercel/protocol';
import type { TenantJob } from '@tiercel/store';
import { type JobStore, shardOf } from '@tiercel/store';
import { aJob, type OpenJobStore } from '@tiercel/store/testing';
import { type Server, startRedis } from '@tiercel/test-support';
import { Redis } from 'ioredis';
import { afterAll, onTestFinished } from 'vitest';
import { openRedisStore, type RedisStoreOptions } from './open-redis-store.js';
import { shardBase } from './shard-caller.js';

export const TENANT = 'acme';
export const QUEUE = 'mail';

/** The URL of the run's Redis; without one, of a server that lives as long as the test file. */
export async function redisUrl(): Promise<string> {
  const given = process.env.TIERCEL_TEST_REDIS;
  if (given) return given;
  const server = await startRedis();
  afterAll(() => server.stop());
  return server.url;
}

/** A server that the test may do anything to, with one plain connection to it. */
export async function ownRedis(config = ''): Promise<{ server: Server; url: string; admin: Redis }> {
  const server = await startRedis({ config });
  onTestFinished(() => server.stop());
  const admin = new Redis(server.url);
  admin.on('error', () => {}); // the server may be gone for a while
  onTestFinished(() => admin.disconnect());
  return { server, url: server.url, admin };
}

let namespaces = 0;

/** A namespace nobody else uses. */
export const freshNamespace = (): string => `t${process.pid}-${++namespaces}`;

/** A store that is closed when the test ends. */
export async function openStore(url: string, told: Partial<RedisStoreOptions> = {}): Promise<JobStore> {
  const store = await openRedisStore({ url, namespace: freshNamespace(), log: silentLog, ...told });
  onTestFinished(() => store.close());
  return store;
}

/** Opens stores each in a namespace of its own; what one kept goes when it is closed. */
export const opener =
  (url: string): OpenJobStore =>
  async (options) => {
    const namespace = freshNamespace();
    const openIt = () => openRedisStore({ url, namespace, log: silentLog, ...options });
    let store = await openIt();
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await openIt();
        return store;
      },
      close: () => store.close().then(() => forget(url, namespace)),
      damage: (tenant, id) => damage(url, `${shardBase(namespace, shardOf(tenant, options.shards))}:${tenant}:jobs`, id),
    };
  };

async function damage(url: string, records: string, id: string): Promise<void> {
  const redis = new Redis(url);
  const stored = packId(id);
  const record = await redis.hgetBuffer(records, stored);
  await redis.hset(records, stored, record!.subarray(0, 20));
  await redis.quit();
}

async function forget(url: string, namespace: string): Promise<void> {
  const redis = new Redis(url);
  for (const key of await redis.keys(`tiercel:{${namespace}:*`)) await redis.unlink(key);
  await redis.quit();
}

/** What a promise was refused with. */
export const refusal = (promise: Promise<unknown>): Promise<TiercelError> =>
  promise.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: TiercelError) => error,
  );

export const someJobs = (count: number, told: Partial<TenantJob> = {}): TenantJob[] =>
  Array.from({ length: count }, (_, at) => aJob({ id: `job-${at}`, tenant: TENANT, queue: QUEUE, ...told }));

/** Leases up to `max` jobs of TENANT and QUEUE. */
export async function reserveSome(store: JobStore, max = 100, maxBytes = 512 * 1_024) {
  const shard = shardOf(TENANT, store.shards);
  const wants = [{ tenant: TENANT, queue: QUEUE, max }];
  const request = { shard, wants, max, maxBytes, deliveryLeaseMs: 5_000, owner: 'worker-1', nonce: '00c0ffee' };
  return (await store.reserve(request)).jobs;
}

export const ackOf = ({ tenant, id, token }: { tenant: string; id: string; token: string }) =>
  ({ tenant, id, token, outcome: 'ack' }) as const;

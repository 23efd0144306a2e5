import { silentLog } from '@tiercel/actors';
import type { JobStore } from '@tiercel/store';
import type { OpenJobStore } from '@tiercel/store/testing';
import { startRedis } from '@tiercel/test-support';
import { Redis } from 'ioredis';
import { afterAll } from 'vitest';
import { openRedisStore, type RedisStoreOptions } from './open-redis-store.js';

/** The URL of the run's Redis; without one, of a server that lives as long as the test file. */
export async function redisUrl(): Promise<string> {
  const given = process.env.TIERCEL_TEST_REDIS;
  if (given) return given;
  const server = await startRedis();
  afterAll(() => server.stop());
  return server.url;
}

let namespaces = 0;

/** A namespace nobody else uses. */
export const freshNamespace = (): string => `t${process.pid}-${++namespaces}`;

/** A store in a namespace of its own; what it kept goes when it is closed. */
export async function openFresh(
  url: string,
  told: Partial<RedisStoreOptions> = {},
): Promise<{ store: JobStore; close(): Promise<void> }> {
  const namespace = freshNamespace();
  const store = await openRedisStore({ url, namespace, log: silentLog, ...told });
  return {
    store,
    async close() {
      await store.close();
      await forget(url, namespace);
    },
  };
}

export const opener =
  (url: string): OpenJobStore =>
  (options) =>
    openFresh(url, options);

async function forget(url: string, namespace: string): Promise<void> {
  const redis = new Redis(url);
  for (const key of await redis.keys(`tiercel:{${namespace}:*`)) await redis.unlink(key);
  await redis.quit();
}

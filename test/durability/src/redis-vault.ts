import { silentLog } from '@tiercel/actors';
import { ManualClock } from '@tiercel/store/testing';
import { openRedisStore } from '@tiercel/store-redis';
import { startRedis } from '@tiercel/test-support';
import { Redis } from 'ioredis';
import type { Part, Vault } from './vault.js';

const NAMESPACE = 'vault';

export async function openRedisVault(): Promise<Vault> {
  const [server, clock] = [await startRedis({ config: 'appendonly no' }), new ManualClock()];
  const store = await openRedisStore({ url: server.url, namespace: NAMESPACE, shards: 1, log: silentLog, clock });
  const redis = new Redis(server.url);
  const keyOf = (tenant: string, kind: Part['kind']) =>
    `tiercel:{${NAMESPACE}:0}:${tenant}:${kind === 'record' ? 'jobs' : 'payloads'}`;

  const readKind = async (tenant: string, ids: readonly string[], kind: Part['kind']): Promise<Part[]> => {
    const found = await redis.hmgetBuffer(keyOf(tenant, kind), ...ids);
    return ids.flatMap((id, at) => (found[at] ? [{ id, kind, bytes: found[at] }] : []));
  };

  return {
    store,
    clock,
    read: async (tenant, ids) => [...(await readKind(tenant, ids, 'record')), ...(await readKind(tenant, ids, 'payload'))],
    async write(tenant, parts) {
      const pipeline = redis.pipeline();
      for (const { id, kind, bytes } of parts) pipeline.hset(keyOf(tenant, kind), id, bytes);
      await pipeline.exec();
    },
    async close() {
      redis.disconnect();
      await store.close();
      await server.stop();
    },
  };
}

import { type Clock, type Log, type Random, realClock, realRandom } from '@tiercel/actors';
import { fail, LAYOUT, requireName } from '@tiercel/protocol';
import { DEFAULT_RETENTION, type JobStore, type StoreOptions } from '@tiercel/store';
import { behindOneAnother } from './behind.js';
import type { Call } from './caller.js';
import { inTime } from './connection.js';
import { EngineStatus } from './engine-status.js';
import { faultOf } from './faults.js';
import { readLibrary } from './library.js';
import { redisStore } from './redis-store.js';
import { openServers } from './servers.js';
import { shardBase, shardCaller } from './shard-caller.js';

export interface RedisStoreOptions extends StoreOptions {
  /**
   * `redis://[user:password@]host[:port][/database]`, or `rediss:` for TLS. Of a cluster some of its nodes, `host:port,host:port…`;
   * that it is one is asked of them.
   */
  readonly url: string;
  /** Begins all keys; several installations may share a server. */
  readonly namespace: string;
  /** Whose time counts; the server's own by default. For tests and the simulator. */
  readonly clock?: Pick<Clock, 'now'>;
  readonly log: Log;
  /** For the jitter of reconnecting. */
  readonly random?: Random;
  /** By which the driver itself waits; the real one by default. */
  readonly timers?: Clock;
}

/**
 * Opens the jobs kept in a Redis 7 or newer, or a Valkey, alone or a cluster, within about two seconds. Throws BAD_CONFIG (URL,
 * namespace, or other than the installation was made with), STORAGE_UNAVAILABLE (nobody there), STORAGE_DENIED (credentials or
 * permissions) or STORAGE_UNFIT (too old, it would evict jobs, or it keeps them less safe than required).
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<JobStore> {
  const { url, namespace, shards = 16, clock, retention, log, random = realRandom, timers = realClock } = options;
  requireName('namespace', namespace);
  if (!Number.isInteger(shards) || shards < 1 || shards > 4_096)
    fail('BAD_OPTION', { option: 'shards', expected: '1 … 4096', got: shards });
  const { requireDurability = 'unknown', onEvent = () => {} } = options;
  const status = new EngineStatus({ log, timers, onEvent, usesTheirClocks: clock === undefined });
  const bases = Array.from({ length: shards }, (_, shard) => shardBase(namespace, shard));
  const library = await readLibrary();
  const { call, close } = await openServers({ url, bases, library, log, random, timers, requireDurability, status });
  try {
    await inTime(install(call, namespace, shards));
  } catch (error) {
    await close();
    throw faultOf(error, {});
  }
  return redisStore({
    caller: behindOneAnother(shardCaller({ namespace, call, clock, retention: { ...DEFAULT_RETENTION, ...retention } })),
    shards,
    status: () => status.current,
    close,
  });
}

/** The first to open an installation decides how many shards it has. */
async function install(call: Call, namespace: string, shards: number): Promise<void> {
  const made = (await call('install', shardBase(namespace, 0), [String(shards), String(LAYOUT)])) as Buffer[];
  const [madeShards, madeLayout] = made.map(Number);
  if (madeLayout !== LAYOUT) fail('BAD_CONFIG', { option: 'layout', expected: madeLayout ?? 0, got: LAYOUT });
  if (madeShards !== shards) fail('BAD_CONFIG', { option: 'shards', expected: madeShards ?? 0, got: shards });
}

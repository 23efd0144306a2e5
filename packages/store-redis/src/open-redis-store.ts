import { type Clock, type Log, type Random, realRandom } from '@tiercel/actors';
import { fail, requireName } from '@tiercel/protocol';
import { DEFAULT_RETENTION, type JobStore, type Retention } from '@tiercel/store';
import { type Call, callerFor } from './caller.js';
import { type Connection, dial, inTime } from './connection.js';
import { faultOf } from './faults.js';
import { readLibrary } from './library.js';
import { LAYOUT } from './record.js';
import { redisStore } from './redis-store.js';
import { askServer, requireFit, type ServerFacts } from './server-facts.js';
import { shardBase, shardCaller } from './shard-caller.js';

export interface RedisStoreOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss:` for TLS. */
  readonly url: string;
  /** Begins all keys; several installations may share a server. */
  readonly namespace: string;
  /** 1 … 4096; 16 by default. Fixed when the installation is made. */
  readonly shards?: number;
  /** Whose time counts; the server's own by default. For tests and the simulator. */
  readonly clock?: Pick<Clock, 'now'>;
  /** What is left out is as in `DEFAULT_RETENTION`. */
  readonly retention?: Partial<Retention>;
  readonly log: Log;
  /** For the jitter of reconnecting. */
  readonly random?: Random;
}

/**
 * Opens the jobs kept in a Redis 7 or newer, or a Valkey, within about two seconds. Throws BAD_CONFIG (URL, namespace, or other than
 * the installation was made with), STORAGE_UNAVAILABLE (nobody there), STORAGE_DENIED (credentials or permissions) or STORAGE_UNFIT
 * (too old, or it would evict jobs).
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<JobStore> {
  const { url, namespace, shards = 16, clock, retention, log, random = realRandom } = options;
  requireName('namespace', namespace);
  if (!Number.isInteger(shards) || shards < 1 || shards > 4_096)
    fail('BAD_OPTION', { option: 'shards', expected: '1 … 4096', got: shards });
  const connection = await dial({ url, log, random });
  const { redis, address } = connection;
  try {
    let facts = await inTime(askServer(redis));
    requireFit(facts, address);
    const library = await readLibrary();
    const call = await inTime(callerFor(redis, library, (verbs) => install(verbs, namespace, shards)));
    redis.on('ready', () => void refresh(connection, log).then((fresh) => (facts = fresh ?? facts)));
    return redisStore({
      caller: shardCaller({
        namespace,
        call,
        clock,
        retention: { ...DEFAULT_RETENTION, ...retention },
        faultOf: (error) => faultOf(error, { address }),
      }),
      shards,
      status: () => ({ durability: facts.durability, epoch: 1, engine: 'redis', unknown: [], clockJumpMs: 0 }),
      close: connection.close,
    });
  } catch (error) {
    redis.disconnect();
    throw faultOf(error, { address });
  }
}

/** The first to open an installation decides how many shards it has. */
async function install(call: Call, namespace: string, shards: number): Promise<void> {
  const made = (await call('install', shardBase(namespace, 0), [String(shards), String(LAYOUT)])) as Buffer[];
  const [madeShards, madeLayout] = made.map(Number);
  if (madeLayout !== LAYOUT) fail('BAD_CONFIG', { option: 'layout', expected: madeLayout ?? 0, got: LAYOUT });
  if (madeShards !== shards) fail('BAD_CONFIG', { option: 'shards', expected: madeShards ?? 0, got: shards });
}

/** Another server may be behind the address now, or the same one set up otherwise. */
async function refresh({ redis, address }: Connection, log: Log): Promise<ServerFacts | undefined> {
  try {
    const facts = await askServer(redis);
    requireFit(facts, address);
    return facts;
  } catch (error) {
    log.error({ address, err: error }, 'storage could not be checked after reconnecting');
    return undefined;
  }
}

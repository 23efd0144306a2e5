import { type Server, startNats, startRedis } from '@tiercel/test-support';
import { Redis } from 'ioredis';
import type { Contestant, Servers } from './contestant.js';

/** What every Redis is run with; a run is refused when the server says otherwise. */
const REDIS_WANTED: Readonly<Record<string, string>> = { appendonly: 'yes', appendfsync: 'everysec' };
/** Reported as well. */
const REDIS_TOLD = ['save', 'maxmemory', 'maxmemory-policy', 'io-threads'];

/** The fresh servers of one run. */
export interface RoundServers {
  readonly where: Servers;
  /** By name; without a pid when it runs in a container. */
  readonly pids: Readonly<Record<string, number | undefined>>;
  readonly versions: Readonly<Record<string, string>>;
  /** As the server told it. */
  readonly redisConfig: Readonly<Record<string, string>>;
  redisMemoryBytes(): Promise<number>;
  /** What it says of itself in a section of INFO. */
  redisInfo(section: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts them with nothing in them, and makes sure that Redis keeps what it is given. */
export async function startServers(needs: Contestant['servers']): Promise<RoundServers> {
  const [redis, nats] = await Promise.all([startRedis(), needs.includes('nats') ? startNats() : undefined]);
  const client = new Redis(redis.url, { lazyConnect: true, retryStrategy: null });
  async function close(): Promise<void> {
    client.disconnect();
    await Promise.all([redis.stop(), nats?.stop()]);
  }
  try {
    await client.connect();
    return {
      where: { redisPort: portOf(redis), natsPort: nats === undefined ? 0 : portOf(nats) },
      pids: { redis: redis.pid, ...(nats && { nats: nats.pid }) },
      versions: { redis: redis.version, ...(nats && { nats: nats.version }) },
      redisConfig: await verifiedConfig(client),
      redisMemoryBytes: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
      redisInfo: (section) => client.info(section),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function verifiedConfig(client: Redis): Promise<Record<string, string>> {
  const flat = (await client.config('GET', ...Object.keys(REDIS_WANTED), ...REDIS_TOLD)) as string[];
  const config = Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
  refuseOther(config);
  return config;
}

/** Throws when a figure measured on this Redis would not count. */
export function refuseOther(config: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(REDIS_WANTED).filter(([name, value]) => config[name] !== value);
  const faults = wrong.map(([name, value]) => `expected ${name} ${value}, got ${config[name]}`);
  if (faults.length > 0) throw new Error(`this Redis does not count: ${faults.join('; ')}`);
}

const portOf = ({ url }: Server): number => Number(new URL(url).port);

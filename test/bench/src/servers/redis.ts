import { startRedis } from '@tiercel/test-support';
import { Redis } from 'ioredis';
import type { BenchServer } from './bench-server.js';

/** What every Redis is run with; a run is refused when the server says otherwise. */
const WANTED: Readonly<Record<string, string>> = { appendonly: 'yes', appendfsync: 'everysec' };
/** Reported as well. */
const TOLD = ['save', 'maxmemory', 'maxmemory-policy', 'io-threads'];

/** Makes sure that it keeps what it is given. */
export async function redis(): Promise<BenchServer> {
  const server = await startRedis();
  const client = new Redis(server.url, { lazyConnect: true, retryStrategy: null });
  async function close(): Promise<void> {
    client.disconnect();
    await server.stop();
  }
  try {
    await client.connect();
    const { pid, version } = server;
    return {
      ...{ pid, version, close },
      port: Number(new URL(server.url).port),
      config: await verifiedConfig(client),
      jobBytes: async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a Redis says of itself in a section of INFO. */
export async function redisInfo(port: number, section: string): Promise<string> {
  const client = new Redis(port, '127.0.0.1', { retryStrategy: null });
  return client.info(section).finally(() => client.disconnect());
}

async function verifiedConfig(client: Redis): Promise<Record<string, string>> {
  const flat = (await client.config('GET', ...Object.keys(WANTED), ...TOLD)) as string[];
  const config = Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
  refuseOther(config);
  return config;
}

/** Throws when a figure measured on this Redis would not count. */
export function refuseOther(config: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(WANTED).filter(([name, value]) => config[name] !== value);
  const faults = wrong.map(([name, value]) => `expected ${name} ${value}, got ${config[name]}`);
  if (faults.length > 0) throw new Error(`this Redis does not count: ${faults.join('; ')}`);
}

import { type Durability, fail } from '@tiercel/protocol';
import type { Redis } from 'ioredis';
import { isForbidden } from './faults.js';

/** What a server says of itself; '' where this user may not ask. */
export interface ServerFacts {
  readonly version: string;
  readonly evictionPolicy: string;
  readonly durability: Durability;
}

const OLDEST_MAJOR = 7;

export async function askServer(redis: Redis): Promise<ServerFacts> {
  const [info, config] = await Promise.all([askInfo(redis), askConfig(redis)]);
  return {
    version: info.get('redis_version') ?? '',
    evictionPolicy: config.get('maxmemory-policy') ?? info.get('maxmemory_policy') ?? '',
    durability: durabilityOf(config.get('appendonly'), config.get('appendfsync')),
  };
}

/** Throws STORAGE_UNFIT for a server that is too old, or that would throw jobs away. */
export function requireFit({ version, evictionPolicy }: ServerFacts, address: string): void {
  if (version !== '' && Number.parseInt(version, 10) < OLDEST_MAJOR)
    fail('STORAGE_UNFIT', { address, version, expected: `Redis ${OLDEST_MAJOR} or newer, or Valkey` });
  if (evictionPolicy !== '' && evictionPolicy !== 'noeviction')
    fail('STORAGE_UNFIT', { address, 'maxmemory-policy': evictionPolicy, remedy: 'CONFIG SET maxmemory-policy noeviction' });
}

function durabilityOf(appendonly: string | undefined, appendfsync: string | undefined): Durability {
  if (appendonly === undefined) return 'unknown';
  if (appendonly === 'no') return 'memory';
  return appendfsync === 'always' ? 'power-loss' : 'process-crash';
}

async function askInfo(redis: Redis): Promise<Map<string, string>> {
  const text = await unlessForbidden(redis.info(), '');
  return new Map(text.split('\r\n').flatMap((line) => (line.includes(':') ? [line.split(':', 2) as [string, string]] : [])));
}

async function askConfig(redis: Redis): Promise<Map<string, string>> {
  const pairs = await unlessForbidden(redis.config('GET', 'maxmemory-policy', 'appendonly', 'appendfsync'), []);
  const values = pairs as string[];
  return new Map(values.flatMap((name, at) => (at % 2 === 0 ? [[name, values[at + 1] as string] as const] : [])));
}

async function unlessForbidden<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isForbidden(error)) return otherwise;
    throw error;
  }
}

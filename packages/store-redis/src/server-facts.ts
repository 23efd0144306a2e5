import { type Durability, fail } from '@tiercel/protocol';
import { DURABILITY_ORDER, type StoreStatus } from '@tiercel/store';
import type { Redis } from 'ioredis';
import { isForbidden } from './faults.js';

/** What a server says of itself; '' where this user may not ask. */
export interface ServerFacts {
  /** For people: `redis 7.0.15`, `valkey 8.1.0`. */
  readonly engine: string;
  /** Of Redis, with which Valkey says it is compatible. */
  readonly version: string;
  readonly evictionPolicy: string;
  readonly durability: Durability;
  readonly unknown: StoreStatus['unknown'];
  /** Of the process and of what it has been told; another one may have forgotten something. */
  readonly history: string;
  /** Its clock; undefined where this user may not ask. */
  readonly nowMs: number | undefined;
}

const OLDEST_MAJOR = 7;

export async function askServer(redis: Redis): Promise<ServerFacts> {
  const [info, config, nowMs] = await Promise.all([askInfo(redis), askConfig(redis), askTime(redis)]);
  const version = info.get('redis_version') ?? '';
  const evictionPolicy = config.get('maxmemory-policy') ?? info.get('maxmemory_policy') ?? '';
  const durability = durabilityOf(config.get('appendonly'), config.get('appendfsync'));
  return {
    engine: `${info.get('server_name') ?? 'redis'} ${info.get('valkey_version') ?? version}`.trim(),
    version,
    evictionPolicy,
    durability,
    unknown: (['durability', 'version', 'eviction'] as const).filter(
      (_, at) => [durability === 'unknown', version === '', evictionPolicy === ''][at],
    ),
    history: `${info.get('run_id') ?? ''} ${info.get('master_replid') ?? ''}`.trim(),
    nowMs,
  };
}

/** Throws STORAGE_UNFIT for a server that is too old, that would throw jobs away, or that keeps them less safe than `required`. */
export function requireFit(facts: ServerFacts, address: string, required: Durability = 'unknown'): void {
  const { version, evictionPolicy, durability } = facts;
  if (version !== '' && Number.parseInt(version, 10) < OLDEST_MAJOR)
    fail('STORAGE_UNFIT', { address, version, expected: `Redis ${OLDEST_MAJOR} or newer, or Valkey` });
  if (evictionPolicy !== '' && evictionPolicy !== 'noeviction')
    fail('STORAGE_UNFIT', { address, 'maxmemory-policy': evictionPolicy, remedy: 'CONFIG SET maxmemory-policy noeviction' });
  if (DURABILITY_ORDER.indexOf(durability) < DURABILITY_ORDER.indexOf(required))
    fail('STORAGE_UNFIT', { address, durability, expected: required, remedy: remedyFor(durability, required) });
}

/** How a server is made to keep what is required. */
function remedyFor(durability: Durability, required: Durability): string {
  if (required === 'replicated') return 'no Redis is trusted with it; require power-loss';
  if (durability === 'unknown') return 'let this user ask: ACL SETUSER … +config|get';
  return required === 'power-loss' ? 'CONFIG SET appendonly yes appendfsync always' : 'CONFIG SET appendonly yes';
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

async function askTime(redis: Redis): Promise<number | undefined> {
  const time = await unlessForbidden(redis.time(), undefined);
  return time && Number(time[0]) * 1_000 + Number(time[1]) / 1_000;
}

async function unlessForbidden<T, O>(answer: Promise<T>, otherwise: O): Promise<T | O> {
  try {
    return await answer;
  } catch (error) {
    if (isForbidden(error)) return otherwise;
    throw error;
  }
}

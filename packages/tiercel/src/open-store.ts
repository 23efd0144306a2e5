import { type Log, realClock } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import { type JobStore, openMemoryStore } from '@tiercel/store';
import { openRedisStore } from '@tiercel/store-redis';

export interface StoreOptions {
  /** `redis://…`, `rediss://…` or `memory:`. */
  readonly url: string;
  readonly namespace: string;
  readonly shards: number;
  readonly log: Log;
}

/** Opens the storage a URL names. Throws BAD_CONFIG for an unknown kind, and what the driver throws. */
export async function openStore({ url, namespace, shards, log }: StoreOptions): Promise<JobStore> {
  if (url === 'memory:') return openMemoryStore({ clock: realClock, shards });
  if (/^rediss?:/.test(url)) return openRedisStore({ url, namespace, shards, log });
  return fail('BAD_CONFIG', { store: `expected redis://… or memory:, got ${url.split(':')[0]}:` });
}

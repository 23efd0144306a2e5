import { type Log, realClock } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';

export interface StoreOptions {
  /** `redis://…`, `rediss://…` or `memory:`. */
  readonly url: string;
  readonly namespace: string;
  readonly shards: number;
  readonly log: Log;
}

/** Opens the storage a URL names, loading only its driver. Throws BAD_CONFIG for an unknown kind, and what the driver throws. */
export async function openStore({ url, namespace, shards, log }: StoreOptions): Promise<JobStore> {
  if (url === 'memory:') {
    const { openMemoryStore } = await import('@tiercel/store');
    return openMemoryStore({ clock: realClock, shards });
  }
  if (/^rediss?:/.test(url)) {
    const { openRedisStore } = await import('@tiercel/store-redis');
    return openRedisStore({ url, namespace, shards, log });
  }
  return fail('BAD_CONFIG', { store: `expected redis://… or memory:, got ${url.split(':')[0]}:` });
}

import { join } from 'node:path';
import { type Log, realClock } from '@tiercel/actors';
import { type Durability, fail } from '@tiercel/protocol';
import type { JobStore, StoreEvent } from '@tiercel/store';
import { logStoreEvents } from './store-events.js';

export interface StoreOptions {
  /** `redis://…`, `rediss://…`, `lmdb:PATH`, `kestrel://…` or `memory:`. */
  readonly url: string;
  readonly namespace: string;
  readonly shards: number;
  /** The least that stored jobs must survive; nothing is asked by default. */
  readonly requireDurability?: Durability | undefined;
  /** Which engine it is, and whatever else it has to say of itself, is logged here as well. */
  readonly log: Log;
}

const LMDB = 'lmdb:';

/**
 * Opens the storage a URL names, loading only its driver; of an LMDB each namespace has a directory of its own. Throws BAD_CONFIG for an
 * unknown kind, STORAGE_UNFIT when it keeps less than is required, and what the driver throws.
 */
export async function openStore(options: StoreOptions): Promise<JobStore> {
  const tell = logStoreEvents(options.log.child({ component: 'store' }));
  let named = false;
  const store = await openDriver(options, (event) => {
    named ||= event.kind === 'engine';
    tell(event);
  });
  if (!named) tell({ kind: 'engine', status: store.status }); // drivers say it only when it changes
  return store;
}

async function openDriver(
  { url, namespace, shards, requireDurability, log }: StoreOptions,
  onEvent: (event: StoreEvent) => void,
): Promise<JobStore> {
  const common = { shards, onEvent, ...(requireDurability === undefined ? {} : { requireDurability }) };
  if (url === 'memory:') {
    const { openMemoryStore } = await import('@tiercel/store');
    return openMemoryStore({ clock: realClock, ...common });
  }
  if (/^rediss?:/.test(url)) {
    const { openRedisStore } = await import('@tiercel/store-redis');
    return openRedisStore({ url, namespace, log, ...common });
  }
  if (url.startsWith(LMDB)) {
    const { openLmdbStore } = await import('@tiercel/store-lmdb');
    return openLmdbStore({ path: join(url.slice(LMDB.length), namespace), ...common });
  }
  if (url.startsWith('kestrel:')) {
    const { openKestrelStore } = await import('@tiercel/store-kestrel');
    const { shards: _, ...wanted } = common; // servers know none
    return openKestrelStore({ url, namespace, ...wanted });
  }
  return fail('BAD_CONFIG', { store: `expected redis://…, lmdb:PATH, kestrel://… or memory:, got ${url.split(':')[0]}:` });
}

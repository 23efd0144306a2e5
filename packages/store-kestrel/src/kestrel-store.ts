import { fail, type PurgeQuery } from '@tiercel/protocol';
import type { JobStore, StoreStatus, Swept } from '@tiercel/store';
import { backlog } from './backlog.js';
import { KESTREL_CAPABILITIES } from './capabilities.js';
import { enqueue } from './enqueue.js';
import type { Parts } from './parts.js';
import { promote } from './promote.js';
import { purge } from './purge.js';
import { reap } from './reap.js';
import { reserve } from './reserve.js';
import { extend, settle } from './settle.js';
import { STORE_BOUNDS } from './store-bounds.js';

/** The port over servers that are open. */
export function kestrelStore(parts: Parts, engine: string): JobStore {
  const status: StoreStatus = { durability: 'unknown', epoch: 1, engine, unknown: ['durability', 'eviction'], clockJumpMs: 0 };
  const nothing = async (): Promise<Swept> => ({ moved: 0, ready: [], nextInMs: undefined, nowMs: parts.tokens.now() });
  return {
    capabilities: KESTREL_CAPABILITIES,
    status,
    shards: 1,
    lookMs: STORE_BOUNDS.lookMs,
    enqueue: (batch) => enqueue(parts, batch),
    reserve: (request) => reserve(parts, request),
    extend: async (batch) => batch.map((item) => extend(parts, item)),
    settle: (batch) => Promise.all(batch.map((settlement) => settle(parts, settlement))),
    promote: (_, limit) => promote(parts, limit),
    reap: (_, limit, gone) => reap(parts, limit, gone?.owners ?? []),
    prune: nothing,
    scrub: async () => ({ cursor: '', looked: 0, mended: { lost: 0, stray: 0, counts: 0, quarantined: 0 } }),
    backlog: (_, query) => backlog(parts, query),
    ...{ cancel: notHere('listing'), revive: notHere('listing'), forget: notHere('listing') },
    ...{ find: notHere('listing'), list: notHere('listing'), queues: notHere('listing') },
    ...{
      control: notHere('settings'),
      settings: async () => [],
      purge: (tenant: string, query: PurgeQuery) => purge(parts, tenant, query),
    },
    ...{ counters: notHere('counters'), totals: notHere('counters'), quarantined: notHere('quarantine') },
    async close() {
      for (const lease of parts.leases.all().toReversed()) {
        parts.leases.remove(lease);
        parts.kept.hand(lease);
      }
      await parts.kept.close();
      await parts.servers.close();
    },
  };
}

const notHere = (capability: string) => async (): Promise<never> => fail('NOT_SUPPORTED', { driver: 'kestrel', capability });

import type { Clock } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import { type Capabilities, DEFAULT_RETENTION, type JobStore, type Retention } from '../job-store.js';
import { shardOf } from '../shard.js';
import { cancel, revive } from './change.js';
import { enqueue } from './enqueue.js';
import { extend } from './extend.js';
import { backlog, listDead, queuesOf } from './inspect.js';
import { MemoryShard } from './memory-shard.js';
import { reap } from './reap.js';
import { viewOf } from './record.js';
import { reserve } from './reserve.js';
import { settle } from './settle.js';
import { promote, prune } from './sweep.js';

export interface MemoryStoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** 1 … 4096; 16 by default. */
  readonly shards?: number;
  /** What is left out is as in {@link DEFAULT_RETENTION}. */
  readonly retention?: Partial<Retention>;
}

const CAPABILITIES: Capabilities = Object.freeze({
  driver: 'memory',
  durability: 'memory',
  delay: true,
  fencing: true,
  duplicateIds: true,
  listing: true,
  priorities: true,
});

/**
 * Jobs in this process's memory: the model that all drivers are compared with. Every call is done when it returns its promise, so
 * calls are atomic and take effect in the order they are made. Bytes are copied in and out. Throws `BAD_OPTION`.
 */
export function openMemoryStore({ clock, shards = 16, retention }: MemoryStoreOptions): JobStore {
  if (!Number.isInteger(shards) || shards < 1 || shards > 4_096)
    fail('BAD_OPTION', { option: 'shards', expected: '1 … 4096', got: shards });
  const all = Array.from({ length: shards }, () => new MemoryShard({ ...DEFAULT_RETENTION, ...retention }));
  const shardAt = (index: number): MemoryShard =>
    all[index] ?? fail('BAD_OPTION', { option: 'shard', expected: `0 … ${shards - 1}`, got: index });
  const home = (tenant: string): MemoryShard => shardAt(shardOf(tenant, shards));
  /** One reading of the clock for a whole call. */
  const each = <T, R>(items: readonly T[], act: (item: T, clockMs: number) => R): R[] => {
    const clockMs = clock.now();
    return items.map((item) => act(item, clockMs));
  };

  return {
    capabilities: CAPABILITIES,
    shards,
    enqueue: async (batch) => each(batch, (job, clockMs) => enqueue(home(job.tenant), job, clockMs)),
    reserve: async (request) => reserve(shardAt(request.shard), request, clock.now()),
    extend: async (batch) => each(batch, (lease, clockMs) => extend(home(lease.tenant), lease, clockMs)),
    settle: async (batch) => each(batch, (settlement, clockMs) => settle(home(settlement.tenant), settlement, clockMs)),
    promote: async (shard, limit) => promote(shardAt(shard), limit, clock.now()),
    reap: async (shard, limit, gone = []) => reap(shardAt(shard), limit, gone, clock.now()),
    prune: async (shard, limit) => prune(shardAt(shard), limit, clock.now()),
    cancel: async (tenant, ids) => each(ids, (id, clockMs) => cancel(home(tenant), tenant, id, clockMs)),
    revive: async (tenant, ids) => each(ids, (id, clockMs) => revive(home(tenant), tenant, id, clockMs)),
    find: async (tenant, ids, { payload }) => ids.map((id) => viewOrNull(home(tenant), tenant, id, payload)),
    list: async (tenant, query) => listDead(home(tenant), tenant, query),
    queues: async (tenant) => queuesOf(home(tenant), tenant),
    backlog: async (shard, query) => backlog(shardAt(shard), query),
    close: async () => {},
  };
}

function viewOrNull(shard: MemoryShard, tenant: string, id: string, payload: boolean) {
  const job = shard.find(tenant, id);
  return job ? viewOf(job, payload) : null;
}

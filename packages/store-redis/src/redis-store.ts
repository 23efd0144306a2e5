import { fail } from '@tiercel/protocol';
import { type Capabilities, type JobStore, type StoreStatus, shardOf } from '@tiercel/store';
import { change } from './change.js';
import { control, settings } from './control.js';
import { counters, totals } from './counters.js';
import { enqueue, enqueuePacked } from './enqueue.js';
import { backlog, find, list, queues } from './inspect.js';
import { extend, settle, settlePacked } from './lease.js';
import { purge } from './purge.js';
import { quarantined } from './quarantine.js';
import { reserve } from './reserve.js';
import { scrub } from './scrub.js';
import type { ShardCaller } from './shard-caller.js';
import { promote, prune, reap } from './sweep.js';

export interface RedisStoreParts {
  readonly caller: ShardCaller;
  readonly shards: number;
  readonly status: () => StoreStatus;
  readonly close: () => Promise<void>;
}

export const REDIS_CAPABILITIES: Capabilities = Object.freeze({
  driver: 'redis',
  delay: true,
  priorities: true,
  fencing: true,
  duplicateIds: true,
  listing: true,
  settings: true,
  pausing: true,
  limits: true,
  purging: true,
  counters: true,
  quarantine: true,
  fanout: true,
  headRetries: true,
  sharedLeases: true,
  sharding: true,
});

/** The port over the verbs inside Redis. */
export function redisStore({ caller, shards, status, close }: RedisStoreParts): JobStore {
  const home = (tenant: string): number => shardOf(tenant, shards);
  const existing = (shard: number): number =>
    Number.isInteger(shard) && shard >= 0 && shard < shards
      ? shard
      : fail('BAD_OPTION', { option: 'shard', expected: `0 … ${shards - 1}`, got: shard });

  return {
    capabilities: REDIS_CAPABILITIES,
    get status() {
      return status();
    },
    shards,
    enqueue: (batch) => enqueue(caller, shards, batch),
    enqueuePacked: (tenant, batch) => enqueuePacked(caller, shards, tenant, batch),
    reserve: async (request) => reserve(caller, { ...request, shard: existing(request.shard) }),
    extend: (batch) => extend(caller, shards, batch),
    settle: (batch) => settle(caller, shards, batch),
    settlePacked: (acks) => settlePacked(caller, shards, acks),
    promote: async (shard, limit) => promote(caller, existing(shard), limit),
    reap: async (shard, limit, gone) => reap(caller, existing(shard), limit, gone),
    prune: async (shard, limit) => prune(caller, existing(shard), limit),
    cancel: (tenant, ids) => change(caller, 'cancel', home(tenant), tenant, ids),
    revive: (tenant, ids) => change(caller, 'revive', home(tenant), tenant, ids),
    forget: (tenant, ids) => change(caller, 'forget', home(tenant), tenant, ids),
    find: (tenant, ids, { payload }) => find(caller, home(tenant), tenant, ids, payload),
    list: (tenant, query) => list(caller, home(tenant), tenant, query),
    scrub: async (shard, cursor) => scrub(caller, existing(shard), cursor),
    purge: (tenant, query) => purge(caller, home(tenant), tenant, query),
    control: (tenant, queue, change) => control(caller, home(tenant), tenant, queue, change),
    settings: (tenant) => settings(caller, home(tenant), tenant),
    counters: (tenant) => counters(caller, home(tenant), tenant),
    totals: async (shard) => totals(caller, existing(shard)),
    quarantined: (tenant, query) => quarantined(caller, home(tenant), tenant, query),
    queues: (tenant) => queues(caller, home(tenant), tenant),
    backlog: async (shard, query) => backlog(caller, existing(shard), query),
    close,
  };
}

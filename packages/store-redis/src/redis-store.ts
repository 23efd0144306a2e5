import { fail } from '@tiercel/protocol';
import { type Capabilities, type JobStore, shardOf } from '@tiercel/store';
import { change } from './change.js';
import { enqueue } from './enqueue.js';
import { backlog, find, listDead, queues } from './inspect.js';
import { extend, settle } from './lease.js';
import { reserve } from './reserve.js';
import type { ShardCaller } from './shard-caller.js';
import { promote, prune, reap } from './sweep.js';

export interface RedisStoreParts {
  readonly caller: ShardCaller;
  readonly shards: number;
  readonly capabilities: () => Capabilities;
  readonly close: () => Promise<void>;
}

/** The port over the verbs inside Redis. */
export function redisStore({ caller, shards, capabilities, close }: RedisStoreParts): JobStore {
  const home = (tenant: string): number => shardOf(tenant, shards);
  const existing = (shard: number): number =>
    Number.isInteger(shard) && shard >= 0 && shard < shards
      ? shard
      : fail('BAD_OPTION', { option: 'shard', expected: `0 … ${shards - 1}`, got: shard });

  return {
    get capabilities() {
      return capabilities();
    },
    shards,
    enqueue: (batch) => enqueue(caller, shards, batch),
    reserve: async (request) => reserve(caller, { ...request, shard: existing(request.shard) }),
    extend: (batch) => extend(caller, shards, batch),
    settle: (batch) => settle(caller, shards, batch),
    promote: async (shard, limit) => promote(caller, existing(shard), limit),
    reap: async (shard, limit, gone = []) => reap(caller, existing(shard), limit, gone),
    prune: async (shard, limit) => prune(caller, existing(shard), limit),
    cancel: (tenant, ids) => change(caller, 'cancel', home(tenant), tenant, ids),
    revive: (tenant, ids) => change(caller, 'revive', home(tenant), tenant, ids),
    find: (tenant, ids, { payload }) => find(caller, home(tenant), tenant, ids, payload),
    list: (tenant, query) => listDead(caller, home(tenant), tenant, query),
    queues: (tenant) => queues(caller, home(tenant), tenant),
    backlog: async (shard, query) => backlog(caller, existing(shard), query),
    close,
  };
}

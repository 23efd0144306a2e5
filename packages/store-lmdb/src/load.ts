import type { Counted, QueueSettings } from '@tiercel/protocol';
import { shardOf } from '@tiercel/store';
import { type JobRecord, type MemoryShard, restore, type ShardMeta } from '@tiercel/store/memory-shard';
import { Apart, type ApartJobs, isApart, PARTS } from './apart.js';
import type { Journal } from './journal.js';
import { namesIn } from './key.js';
import { recordOf, unreadable, type Whose } from './record.js';
import { unsealJson } from './seal.js';

/** What is kept of a shard beside its jobs. */
export interface KeptMeta extends ShardMeta {
  readonly jobs: number;
}

export const metaOf = (shard: MemoryShard): KeptMeta => ({ ...shard.meta, jobs: shard.size });

export interface Damage {
  /** Jobs whose rows cannot be read. */
  readonly unreadable: readonly JobRecord[];
  /** How many jobs there were whose rows are not there: the file of LMDB itself is damaged. */
  readonly missing: number;
}

/** Fills new shards with what a journal has: what was set first, because it holds for the queues of the jobs. */
export function load(journal: Journal, shards: readonly MemoryShard[], apart: ApartJobs): Damage {
  const home = (tenant: string): MemoryShard => shards[shardOf(tenant, shards.length)]!;
  for (const { key, value } of journal.rows('settings')) {
    const [tenant, queue] = namesIn(key, 2) as [string, string];
    home(tenant).settings.put(tenant, queue, (unsealJson(value) ?? {}) as QueueSettings);
  }
  for (const { key, value } of journal.rows('counters')) {
    const [tenant, queue, name] = namesIn(key, 3) as [string, string, string];
    const counted = unsealJson(value) as Counted | undefined;
    if (counted) home(tenant).tally.put(tenant, { ...counted, queue, name });
  }
  const kept = shards.map((shard, index) => loadMeta(journal, shard, index));
  const lost: JobRecord[] = [];
  const found = new Map<MemoryShard, JobRecord[]>(shards.map((shard) => [shard, []]));
  for (const { key, value } of journal.rows('record')) {
    const [tenant, id] = namesIn(key, 2) as [string, string];
    const shard = home(tenant);
    const whose = whoseOf(journal, shard, tenant, id);
    const read = recordOf(value, whose);
    const job = read ?? unreadable(value, whose, shard.meta.nowMs);
    if (!read) lost.push(job);
    for (const part of PARTS) if (!read || isApart(job[part])) apart[part].add(job);
    found.get(shard)?.push(job);
  }
  for (const [shard, jobs] of found) {
    shard.meta = atLeast(shard.meta, jobs);
    restore(shard, jobs);
  }
  const missing = shards.map((shard, index) => Math.max(0, (kept[index] ?? 0) - shard.size));
  return { unreadable: lost, missing: missing.reduce((sum, count) => sum + count, 0) };
}

/** How many jobs the shard had; nothing when that is not known. */
function loadMeta(journal: Journal, shard: MemoryShard, index: number): number | undefined {
  const row = journal.read('meta', String(index));
  const meta = row && (unsealJson(row) as KeptMeta | undefined);
  if (meta) shard.meta = meta;
  return meta?.jobs;
}

function whoseOf(journal: Journal, shard: MemoryShard, tenant: string, id: string): Whose {
  return {
    id,
    openPair: (queue) => shard.openPair(tenant, queue),
    apart: (part, length) => new Apart(journal, part, tenant, id, length),
  };
}

/** When the row of a shard was lost, what its jobs show. */
function atLeast(meta: ShardMeta, jobs: readonly JobRecord[]): ShardMeta {
  let { nowMs, firstOrder, lastOrder } = meta;
  for (const { createdAtMs, order } of jobs) {
    nowMs = Math.max(nowMs, createdAtMs);
    firstOrder = Math.min(firstOrder, order);
    lastOrder = Math.max(lastOrder, order);
  }
  return { ...meta, nowMs, firstOrder, lastOrder };
}

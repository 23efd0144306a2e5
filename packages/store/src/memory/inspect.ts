import type { JobView, Quarantined, QueueView, ReadyPair } from '@tiercel/protocol';
import type { BacklogQuery } from '../job-store.js';
import { atMost } from './list.js';
import type { MemoryShard } from './memory-shard.js';
import { newPair, oldestMs, type Pair } from './pair.js';
import { type JobRecord, viewOf } from './record.js';

export function find(shard: MemoryShard, tenant: string, id: string, withPayload: boolean): JobView | null {
  const job = shard.find(tenant, id);
  return job ? viewOf(job, withPayload) : null;
}

/** Those that hold jobs, and those that only have settings. */
export function queuesOf(shard: MemoryShard, tenant: string, clockMs: number): QueueView[] {
  const told = shard.settings.all(tenant).flatMap(({ queue }) => (queue === '' || shard.pairOf(tenant, queue) ? [] : [queue]));
  const bare = told.map((queue) => newPair(tenant, queue, shard.settings.rulesOf(tenant, queue)));
  const views = [...shard.pairsOf(tenant), ...bare].map((pair) => queueOf(pair, shard.look(clockMs)));
  return views.sort((a, b) => (a.queue < b.queue ? -1 : 1));
}

function queueOf(pair: Pair, nowMs: number): QueueView {
  const { queue, counts, bytes, rules } = pair;
  return { queue, ...counts, bytes, oldestMs: oldestMs(pair, nowMs), paused: rules.paused };
}

/** By id, which is the cursor. */
export function quarantined(
  shard: MemoryShard,
  tenant: string,
  { cursor, limit }: { readonly cursor: string; readonly limit: number },
): { records: Quarantined[]; cursor: string } {
  const behind = shard.quarantine.of(tenant).filter(({ given }) => given.id > cursor);
  const page = atMost(limit, behind);
  return { records: page.map(recordOf), cursor: behind.length > page.length ? (page.at(-1)?.given.id ?? '') : '' };
}

/** Memory keeps no bytes of a record but its payload. */
function recordOf({ given, atMs, reason, payload }: JobRecord): Quarantined {
  return { id: given.id, atMs, reason, record: payload ? legible(payload) : new Uint8Array() };
}

function legible(payload: NonNullable<JobRecord['payload']>): Uint8Array {
  try {
    return payload.slice();
  } catch {
    return new Uint8Array(); // that it cannot be read is why it is here
  }
}

export function backlog(shard: MemoryShard, { queue, after, limit }: BacklogQuery): ReadyPair[] {
  const found: ReadyPair[] = [];
  const from = after && after.queue >= queue ? after : { queue, tenant: '' };
  for (const pair of shard.backlog.from(from)) {
    if (found.length >= limit || (queue !== '' && pair.queue !== queue)) break;
    if (pair.tenant === after?.tenant && pair.queue === after.queue) continue;
    found.push({ tenant: pair.tenant, queue: pair.queue, ready: pair.counts.ready });
  }
  return found;
}

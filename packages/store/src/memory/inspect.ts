import type { JobView, QueueView } from '@tiercel/protocol';
import type { BacklogQuery, ReadyPair } from '../job-store.js';
import type { MemoryShard } from './memory-shard.js';
import type { Pair } from './pair.js';
import { type JobRecord, viewOf } from './record.js';

export interface DeadPage {
  readonly jobs: readonly JobView[];
  readonly cursor: string;
}

/** The cursor is the order of death, which only grows: whoever dies while somebody pages comes on a later page. */
export function listDead(shard: MemoryShard, tenant: string, query: { queue: string; cursor: string; limit: number }): DeadPage {
  const pair = shard.pairOf(tenant, query.queue);
  const pairs = query.queue === '' ? [...shard.pairsOf(tenant)] : pair ? [pair] : [];
  const waiting = pairs.flatMap((one) => deadAfter(one, Number(query.cursor))).sort((a, b) => a.order - b.order);
  const page = waiting.slice(0, query.limit);
  const last = page.at(-1);
  return { jobs: page.map((job) => viewOf(job, false)), cursor: last && waiting.length > page.length ? String(last.order) : '' };
}

function deadAfter(pair: Pair, order: number): JobRecord[] {
  const found: JobRecord[] = [];
  for (let job = pair.dead.jobs.first; job; job = job.after) if (job.order > order) found.push(job);
  return found;
}

export function queuesOf(shard: MemoryShard, tenant: string): QueueView[] {
  const views = Array.from(shard.pairsOf(tenant), ({ queue, counts }) => ({
    queue,
    ...counts,
    bytes: 0,
    oldestMs: 0,
    paused: false,
  }));
  return views.sort((a, b) => (a.queue < b.queue ? -1 : 1));
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

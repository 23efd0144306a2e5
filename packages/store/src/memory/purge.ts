import { fail, type PurgeQuery, type PurgeState } from '@tiercel/protocol';
import { atMost, jobsIn } from './list.js';
import type { MemoryShard } from './memory-shard.js';
import { take } from './place.js';
import type { JobRecord } from './record.js';

export interface Purged {
  readonly removed: number;
  /** The limit cut it short. */
  readonly more: boolean;
}

/** Throws `BAD_OPTION`: what is quarantined belongs to no queue, everything else to one. */
export function purge(shard: MemoryShard, tenant: string, { queue, states, limit }: PurgeQuery, clockMs: number): Purged {
  shard.see(clockMs);
  const wrong = states.find((state) => (state === 'quarantined') !== (queue === ''));
  if (wrong) fail('BAD_OPTION', { option: 'queue', expected: wrong === 'quarantined' ? "''" : 'a queue', got: queue });
  const found = atMost(limit + 1, jobsOf(shard, tenant, queue, new Set(states)));
  const going = found.slice(0, limit);
  for (const job of going) {
    take(shard, job);
    shard.forget(job);
  }
  return { removed: going.length, more: found.length > going.length };
}

function* jobsOf(shard: MemoryShard, tenant: string, queue: string, states: Iterable<PurgeState>): Iterable<JobRecord> {
  const pair = shard.pairOf(tenant, queue);
  for (const state of states) {
    if (state === 'quarantined') yield* shard.quarantine.of(tenant);
    else if (pair) yield* jobsIn(shard, pair, state);
  }
}

import type { SettingsChange } from '@tiercel/protocol';
import type { PairName } from '../job-store.js';
import type { MemoryShard } from './memory-shard.js';
import { obey } from './place.js';
import { changed } from './settings.js';

/** What was paused and is not any more, and has ready jobs, is answered. */
export function control(shard: MemoryShard, tenant: string, queue: string, change: SettingsChange, clockMs: number): PairName[] {
  shard.see(clockMs);
  shard.settings.put(tenant, queue, changed(shard.settings.of(tenant, queue), change));
  shard.witness.settings(tenant, queue);
  return shard
    .pairsIn(tenant, queue)
    .filter((pair) => obey(shard, pair, shard.settings.rulesOf(tenant, pair.queue)))
    .map((pair) => [tenant, pair.queue] as const);
}

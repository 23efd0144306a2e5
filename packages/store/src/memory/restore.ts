import type { MemoryShard } from './memory-shard.js';
import { stand } from './place.js';
import type { JobRecord } from './record.js';

/**
 * Puts records back into a shard without jobs, in the order they stood in: its indexes are then as they were. What was set
 * (`shard.settings.put`) must be back before the pairs of the records are opened; what was counted (`shard.tally.put`) may come at any time.
 */
export function restore(shard: MemoryShard, jobs: readonly JobRecord[]): void {
  for (const job of jobs.toSorted((a, b) => a.order - b.order)) {
    shard.remember(job);
    stand(shard, job);
  }
  for (const { pair } of jobs) shard.tidy(pair); // only now: what is set aside may come before what its queue still holds
}

import type { MemoryShard } from './memory-shard.js';
import { stand } from './place.js';
import type { JobRecord } from './record.js';

/** Puts records back into an empty shard, in the order they stood in: its indexes are then as they were. */
export function restore(shard: MemoryShard, jobs: readonly JobRecord[]): void {
  for (const job of jobs.toSorted((a, b) => a.order - b.order)) {
    shard.remember(job);
    stand(shard, job);
  }
}

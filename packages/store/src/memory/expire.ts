import { TO_DEAD } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import { move, putDead, putFinished, putReady, take } from './place.js';
import type { JobRecord } from './record.js';

/** A job whose time to live ran out goes where its queue says; one that would lead to itself has no other place than the end. */
export function expire(shard: MemoryShard, job: JobRecord, nowMs: number): void {
  const { queue, rules } = job.pair;
  take(shard, job);
  shard.count(job, 'expired');
  if (rules.expireTo === TO_DEAD) putDead(shard, job, 'EXPIRED', nowMs);
  else if (rules.expireTo === '' || rules.expireTo === queue) putFinished(shard, job, 'expired', nowMs);
  else {
    move(shard, job, rules.expireTo);
    putReady(shard, job, 'tail', nowMs);
  }
}

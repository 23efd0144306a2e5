import { LIMITS } from '@tiercel/protocol';
import type { MemoryShard } from './memory-shard.js';
import type { Pair } from './pair.js';
import { putFinished, take } from './place.js';

type Refusal = 'PAYLOAD_TOO_LARGE' | 'QUEUE_FULL';

/** Holds one call of enqueue to the limits of the queues. */
export class Admission {
  /** How many jobs were dropped in each shard. */
  readonly #dropped = new Map<MemoryShard, number>();

  /** Why a payload of `bytes` may not join a queue; makes room for it where the queue says so. */
  refuse(shard: MemoryShard, pair: Pair, bytes: number, nowMs: number): Refusal | undefined {
    const { maxItemBytes, maxBytes, whenFull } = pair.rules;
    if (maxItemBytes > 0 && bytes > maxItemBytes) return 'PAYLOAD_TOO_LARGE';
    if (maxBytes > 0 && bytes > maxBytes) return 'QUEUE_FULL';
    while (isFull(pair, bytes)) if (whenFull === 'refuse' || !this.#drop(shard, pair, nowMs)) return 'QUEUE_FULL';
    return undefined;
  }

  /** Whether there was a job that could be dropped. */
  #drop(shard: MemoryShard, pair: Pair, nowMs: number): boolean {
    const job = pair.ready.findLast((line) => line.first)?.first;
    const dropped = this.#dropped.get(shard) ?? 0;
    if (!job || dropped >= LIMITS.discardedAtOnce) return false;
    this.#dropped.set(shard, dropped + 1);
    take(shard, job);
    job.reason = 'DISCARDED';
    shard.count(job, 'discarded');
    putFinished(shard, job, 'cancelled', nowMs);
    return true;
  }
}

/** Would it hold more than it may? */
function isFull({ counts, bytes: held, rules }: Pair, bytes: number): boolean {
  const { maxItems, maxBytes } = rules;
  return (maxItems > 0 && counts.ready + counts.scheduled >= maxItems) || (maxBytes > 0 && held + bytes > maxBytes);
}

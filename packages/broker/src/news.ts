import type { EnqueueVerdict, NewJob } from '@tiercel/protocol';
import { shardOf } from '@tiercel/store';
import type { Hint } from './fair-share.js';

type Count = [tenant: string, queue: string, ready: number];

/** What a batch has made ready, counted by pair, and how soon it has something due, by shard. */
export class News {
  readonly soonest = new Map<number, number>();
  readonly #counts = new Map<string, Count>();
  readonly #shards: number;
  /** Of the job before: nearly always the pair of the next too. */
  #last: Count | undefined;

  constructor(shards: number) {
    this.#shards = shards;
  }

  /** So many jobs of this pair are ready, or scheduled when `delayMs` > 0. */
  add(tenant: string, queue: string, delayMs: number, count = 1): void {
    if (delayMs > 0) this.#due(shardOf(tenant, this.#shards), delayMs);
    else this.#countOf(tenant, queue)[2] += count;
  }

  ready(): Hint {
    return [...this.#counts.values()];
  }

  #due(shard: number, inMs: number): void {
    this.soonest.set(shard, Math.min(inMs, this.soonest.get(shard) ?? inMs));
  }

  #countOf(tenant: string, queue: string): Count {
    if (this.#last?.[0] === tenant && this.#last[1] === queue) return this.#last;
    const key = `${tenant}:${queue}`;
    const count = this.#counts.get(key) ?? [tenant, queue, 0];
    this.#counts.set(key, count);
    this.#last = count;
    return count;
  }
}

/** How long until a job is ready: as it says itself, or, of one for a certain time, as the storage judged by its own clock. */
export function waitOf({ delayMs, atMs }: Pick<NewJob, 'delayMs' | 'atMs'>, nowMs: number, verdict?: EnqueueVerdict): number {
  if (atMs === 0) return delayMs;
  if (verdict?.state === 'ready') return 0;
  return Math.max(verdict?.state === 'scheduled' ? 1 : 0, atMs - nowMs);
}

import { fenceOf, type LeaseRef } from '@tiercel/protocol';
import { shardOf } from '@tiercel/store';
import { type Entry, holds, isLeased, isOver } from './entry.js';

export interface Times {
  readonly shards: number;
  /** The storage's clock. */
  readonly storeNow: () => number;
  /** Virtual milliseconds, which never jump. */
  readonly now: () => number;
}

/** The entries of all jobs, and the storage's time in each shard, which never goes back. */
export class Book {
  readonly entries = new Map<string, Entry>();
  readonly #times: Times;
  readonly #nowMs: number[];

  constructor(times: Times) {
    this.#times = times;
    this.#nowMs = new Array(times.shards).fill(0);
  }

  find(tenant: string, id: string): Entry | undefined {
    return this.entries.get(`${tenant}/${id}`);
  }

  /** By tenant; '' is all its queues. */
  readonly #paused = new Map<string, Set<string>>();

  isPaused(tenant: string, queue: string): boolean {
    const queues = this.#paused.get(tenant);
    return queues !== undefined && (queues.has('') || queues.has(queue));
  }

  /** Queues that were paused, each by itself, and '' where a tenant was. */
  paused(): (readonly [tenant: string, queue: string])[] {
    return [...this.#paused].flatMap(([tenant, queues]) => [...queues].map((queue) => [tenant, queue] as const));
  }

  protected setPaused(tenant: string, queue: string, paused: boolean | undefined): void {
    const queues = this.#paused.get(tenant) ?? new Set();
    if (paused === true) this.#paused.set(tenant, queues.add(queue));
    else if (paused === false) queues.delete(queue);
  }

  /** Leases that ended in storage time and still stand `slackMs` later in virtual time. */
  stuck(slackMs: number): Entry[] {
    const now = this.#times.now();
    return this.all((entry) => {
      const isOverdue = isLeased(entry) && this.storeNow(entry.given.tenant) >= entry.atMs;
      // one that was overdue is not any more when the storage's clock is set back before anybody saw the time
      entry.overdueSinceMs = isOverdue ? (entry.overdueSinceMs ?? now) : undefined;
      if (entry.overdueSinceMs === undefined) return false;
      return now - entry.overdueSinceMs > slackMs;
    });
  }

  /** The storage's time of a tenant's shard if it looked now. */
  storeNow(tenant: string): number {
    return Math.max(this.#nowMs[shardOf(tenant, this.#times.shards)] as number, Math.floor(this.#times.storeNow()));
  }

  /** Jobs that are not final. */
  get unfinished(): number {
    return this.all((entry) => entry.state !== 'gone' && !isOver(entry)).length;
  }

  has(state: Entry['state']): boolean {
    for (const entry of this.entries.values()) if (entry.state === state) return true;
    return false;
  }

  /** Whether the lease with this fence is on. */
  isNow(tenant: string, id: string, fence: bigint): boolean {
    const entry = this.find(tenant, id);
    return entry !== undefined && isLeased(entry) && fenceOf(entry.token) === fence && this.storeNow(tenant) < entry.atMs;
  }

  leases(): LeaseRef[] {
    return this.all(isLeased).map(({ given: { tenant, id }, token }) => ({ tenant, id, token }));
  }

  heldBy(owner: string): LeaseRef[] {
    return this.leases().filter(({ tenant, id }) => this.find(tenant, id)?.owner === owner);
  }

  idsOf(tenant: string, state?: Entry['state']): string[] {
    return this.all((entry) => entry.given.tenant === tenant && (state ?? entry.state) === entry.state).map(
      ({ given }) => given.id,
    );
  }

  holds(tenant: string, id: string, token: string): boolean {
    return holds(this.find(tenant, id), token);
  }

  protected see(tenant: string): number {
    return this.seeShard(shardOf(tenant, this.#times.shards));
  }

  protected seeShard(shard: number): number {
    const nowMs = Math.max(this.#nowMs[shard] as number, Math.floor(this.#times.storeNow()));
    this.#nowMs[shard] = nowMs;
    return nowMs;
  }

  protected isOf(entry: Entry, shard: number): boolean {
    return shardOf(entry.given.tenant, this.#times.shards) === shard;
  }

  protected all(fits: (entry: Entry) => boolean): Entry[] {
    const found: Entry[] = [];
    for (const entry of this.entries.values()) if (fits(entry)) found.push(entry);
    return found;
  }
}

import type { Retention } from '../job-store.js';
import { type Expiry, expiresSooner } from './expiry.js';
import { Fence } from './fence.js';
import { Heap } from './heap.js';
import { isEmpty, newPair, type Pair } from './pair.js';
import { Quarantine } from './quarantine.js';
import type { JobRecord } from './record.js';
import { Roster } from './roster.js';
import { Settings } from './settings.js';
import type { Shelf } from './shelf.js';
import { type Counter, Tally } from './tally.js';
import { NOBODY, type Witness } from './witness.js';

interface Tenant {
  readonly jobs: Map<string, JobRecord>;
  readonly pairs: Map<string, Pair>;
}

/** What a shard knows beside its jobs, so that none of it goes back. */
export interface ShardMeta {
  readonly nowMs: number;
  /** Of the last token, as {@link Fence} has it. */
  readonly tokenMs: number;
  readonly tokenSequence: number;
  /** The least and the greatest order there was. */
  readonly firstOrder: number;
  readonly lastOrder: number;
}

/** All that is stored of the tenants of one shard, with its indexes. A tenant or pair without jobs leaves nothing but settings and counters. */
export class MemoryShard {
  readonly witness: Witness;
  readonly scheduled = new Heap<JobRecord>(dueSooner);
  readonly leases = new Heap<JobRecord>(endsSooner);
  readonly shelves = new Heap<Shelf>((a, b) => a.dueAtMs < b.dueAtMs);
  /** Jobs that wait and may expire. */
  readonly expiring = new Heap<Expiry>(expiresSooner);
  /** Pairs that have work to hand out. */
  readonly backlog = new Roster();
  readonly quarantine = new Quarantine();
  readonly settings: Settings;
  readonly tally = new Tally();
  readonly fence = new Fence();
  /** Leases by who holds them. */
  readonly held = new Map<string, Set<JobRecord>>();
  readonly #tenants = new Map<string, Tenant>();
  #size = 0;
  #nowMs = 0;
  #firstOrder = 0;
  #lastOrder = 0;

  constructor(retention: Retention, witness: Witness = NOBODY) {
    this.settings = new Settings(retention);
    this.witness = witness;
  }

  /** How many jobs it holds. */
  get size(): number {
    return this.#size;
  }

  get meta(): ShardMeta {
    const { ms, sequence } = this.fence;
    return { nowMs: this.#nowMs, tokenMs: ms, tokenSequence: sequence, firstOrder: this.#firstOrder, lastOrder: this.#lastOrder };
  }

  /** Of a shard that is built again. */
  set meta({ nowMs, tokenMs, tokenSequence, firstOrder, lastOrder }: ShardMeta) {
    this.#nowMs = nowMs;
    this.fence.goOn(tokenMs, tokenSequence);
    this.#firstOrder = firstOrder;
    this.#lastOrder = lastOrder;
  }

  /** The shard's time: what the clock says, but never less than it has said before. */
  see(clockMs: number): number {
    this.#nowMs = this.look(clockMs);
    return this.#nowMs;
  }

  /** What time it would be for who only looks. */
  look(clockMs: number): number {
    return Math.max(this.#nowMs, Math.floor(clockMs));
  }

  /** Before all that has been ordered. */
  firstOrder(): number {
    return --this.#firstOrder;
  }

  /** Behind all that has been ordered. */
  nextOrder(): number {
    return ++this.#lastOrder;
  }

  find(tenant: string, id: string): JobRecord | undefined {
    return this.#tenants.get(tenant)?.jobs.get(id);
  }

  pairsOf(tenant: string): Iterable<Pair> {
    return this.#tenants.get(tenant)?.pairs.values() ?? [];
  }

  jobsOf(tenant: string): JobRecord[] {
    return [...(this.#tenants.get(tenant)?.jobs.values() ?? [])];
  }

  /** One queue of a tenant, or with '' all by name. */
  pairsIn(tenant: string, queue: string): Pair[] {
    const pair = this.pairOf(tenant, queue);
    if (queue !== '') return pair ? [pair] : [];
    return [...this.pairsOf(tenant)].sort((a, b) => (a.queue < b.queue ? -1 : 1));
  }

  pairOf(tenant: string, queue: string): Pair | undefined {
    return this.#tenants.get(tenant)?.pairs.get(queue);
  }

  /** The pair a job goes to. */
  openPair(tenant: string, queue: string): Pair {
    const { pairs } = this.#openTenant(tenant);
    const pair = pairs.get(queue) ?? newPair(tenant, queue, this.settings.rulesOf(tenant, queue));
    pairs.set(queue, pair);
    return pair;
  }

  remember(job: JobRecord): void {
    this.#size++;
    this.#openTenant(job.pair.tenant).jobs.set(job.given.id, job);
  }

  forget(job: JobRecord): void {
    this.#tenants.get(job.pair.tenant)?.jobs.delete(job.given.id);
    this.#size--;
    this.witness.job(job);
    this.tidy(job.pair);
  }

  /** Lets go of a pair that holds nothing, and of a tenant without jobs. */
  tidy(pair: Pair): void {
    const tenant = this.#tenants.get(pair.tenant);
    if (!tenant) return;
    if (isEmpty(pair) && tenant.pairs.get(pair.queue) === pair) tenant.pairs.delete(pair.queue);
    if (tenant.jobs.size === 0 && tenant.pairs.size === 0) this.#tenants.delete(pair.tenant);
  }

  count({ pair, given }: JobRecord, counter: Counter): void {
    this.witness.counters(pair.tenant, pair.queue, this.tally.add(pair.tenant, pair.queue, given.name, counter));
  }

  #openTenant(name: string): Tenant {
    const tenant = this.#tenants.get(name) ?? { jobs: new Map(), pairs: new Map() };
    this.#tenants.set(name, tenant);
    return tenant;
  }
}

function dueSooner(a: JobRecord, b: JobRecord): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
}

/** Ties by tenant, queue and id, so that a run can be repeated; the port does not promise it. */
export function endsSooner(a: JobRecord, b: JobRecord): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.pair.tenant !== b.pair.tenant) return a.pair.tenant < b.pair.tenant;
  if (a.pair.queue !== b.pair.queue) return a.pair.queue < b.pair.queue;
  return a.given.id < b.given.id;
}

import type {
  ChangeVerdict,
  Counted,
  Counters,
  Durability,
  EnqueueVerdict,
  ExtendCode,
  JobView,
  LeasedJob,
  LeaseRef,
  ListQuery,
  NewJob,
  PackedAcks,
  PackedBatch,
  PackedJobs,
  PurgeQuery,
  Quarantined,
  QueueView,
  ReadyPair,
  SettingsChange,
  SettingsView,
  SettleCode,
  Settlement,
} from '@tiercel/protocol';

/**
 * Where jobs are kept. Batch-first; every call is one atomic step of the engine per shard it touches; verdicts come in the order of
 * the items. Time is the engine's own, or that of the `clock` the store was opened with (tests, the simulator), and never goes back
 * in a shard; calls that only look (`find`, `list`, `queues`, `settings`, `counters`, `totals`, `quarantined`, `backlog`) do not count
 * as having seen a time.
 *
 * Any call may throw STORAGE_UNAVAILABLE (whether it was applied is then unknown), STORAGE_FULL (nothing was applied), STORAGE_UNFIT
 * (the engine is no longer what was required) or NOT_SUPPORTED (see `capabilities`). Names have been checked by whoever calls.
 */
export interface JobStore {
  readonly capabilities: Capabilities;
  /** What is known of the engine now, without asking it. */
  readonly status: StoreStatus;
  /** How many shards tenants are spread over; fixed when the installation is made. */
  readonly shards: number;
  /** Others put jobs in without a word to any broker: while somebody waits it is to be looked into (`backlog`) so often, when that is more often than it would be. */
  readonly lookMs?: number;

  /**
   * Stores jobs as ready, or scheduled when `delayMs` > 0 or `atMs` is to come. An id the tenant already has is `DUPLICATE` when its
   * checksum is the same (with the state of the stored job), else `DUPLICATE_ID`. A job that is over the limits of its queue gets
   * PAYLOAD_TOO_LARGE or QUEUE_FULL and is not stored; whether it is a duplicate is asked first. A queue that drops its oldest drops one job
   * after another until the new one has room, so one that finds none in the end may have dropped others. Jobs of one tenant in one batch
   * appear together: fan-out.
   */
  enqueue(batch: readonly TenantJob[]): Promise<readonly EnqueueVerdict[]>;

  /** The same with jobs of one tenant as they travel, of a driver that keeps them in that form; what it is not there for goes by `enqueue`. */
  enqueuePacked?(tenant: string, batch: PackedBatch): Promise<readonly EnqueueVerdict[]>;

  /**
   * Leases up to `max` jobs of one shard, want by want in the order given, each in priority then FIFO order, until `max` or `maxBytes`
   * (at least one job in all). A suspect (lostLeases > 0) is handed out alone: it ends the reserve when it is the first, and is
   * left at the head when it is not, where it ends its want; the next want is served. Jobs past their time to live (not started
   * `ttlMs` after they were enqueued) go where their queue says instead. A job that does not fit `maxBytes` ends the reserve. A paused
   * want gets nothing and has none left. A record that cannot be read is quarantined, and the next one served.
   */
  reserve(request: ReserveRequest): Promise<Reserved>;

  /**
   * Sets the end of each lease to now + leaseMs, or to never when that is 0. LEASE_LOST when the token is not the current one or the
   * lease has ended.
   */
  extend(batch: readonly (LeaseRef & { readonly leaseMs: number })[]): Promise<readonly ExtendCode[]>;

  /** Ends leases. A current token counts even past its end, until somebody reaped it; the last settled token is `OK_ALREADY`. */
  settle(batch: readonly Settlement[]): Promise<readonly SettleCode[]>;

  /** The same with acknowledgements as they travel, of a driver that takes them in that form. */
  settlePacked?(acks: PackedAcks): Promise<readonly SettleCode[]>;

  /**
   * Moves scheduled jobs that are due to the tail of ready, in the order they are due; then those that wait and are past their time to
   * live to where their queue says, those of a queue in the order their time ran out. At most `limit` in all. A job that goes to another queue
   * loses its time to live; a queue that leads to itself has no other place than `expired`.
   */
  promote(shard: number, limit: number): Promise<Swept>;

  /**
   * Takes back leases that ended, at most `limit`; then those of owners known dead, whether or not they ended, looking at a bounded
   * number of leases a call, from `gone.cursor` on.
   */
  reap(shard: number, limit: number, gone?: GoneOwners): Promise<Reaped>;

  /** Forgets finished and dead jobs whose retention is over, at most `limit`. */
  prune(shard: number, limit: number): Promise<Swept>;

  /** Compares one page of a shard's records with what is kept beside them, and mends what differs. Whether that counts as having seen a time is open. */
  scrub(shard: number, cursor: string): Promise<Scrubbed>;

  /** Scheduled or ready → cancelled; leased → flagged, and `OK` with state `leased`. */
  cancel(tenant: string, ids: readonly string[]): Promise<readonly ChangeVerdict[]>;

  /** Dead → ready with a new allowance (spent, lostLeases and undelivered 0), no wish to cancel it, and no time to live. Not what is quarantined. */
  revive(tenant: string, ids: readonly string[]): Promise<readonly ChangeVerdict[]>;

  /** Dead → gone; `OK` with state ''. Not what is quarantined. Its id is free again. */
  forget(tenant: string, ids: readonly string[]): Promise<readonly ChangeVerdict[]>;

  /** Forgets at most `limit` jobs, state by state in the order given, each in the order of `list`. */
  purge(tenant: string, query: PurgeQuery): Promise<{ readonly removed: number; readonly more: boolean }>;

  /** Changes settings of a queue, or of the tenant when `queue` is ''. Answers the pairs that were paused, are not any more, and have ready jobs. */
  control(tenant: string, queue: string, change: SettingsChange): Promise<readonly PairName[]>;

  find(tenant: string, ids: readonly string[], options: { readonly payload: boolean }): Promise<readonly (JobView | null)[]>;

  /** See {@link ListQuery}. `cursor` '' begins; '' in the reply ends. Throws BAD_OPTION for a cursor no list returned. */
  list(tenant: string, query: ListQuery): Promise<{ readonly jobs: readonly JobView[]; readonly cursor: string }>;

  /** Every queue of a tenant that holds a job or has settings, by name. */
  queues(tenant: string): Promise<readonly QueueView[]>;

  /** By queue; '' first. */
  settings(tenant: string): Promise<readonly SettingsView[]>;

  /** By queue and name. */
  counters(tenant: string): Promise<readonly Counted[]>;

  /** Of all tenants of one shard together. */
  totals(shard: number): Promise<Counters>;

  /** By id; `cursor` as in `list`. */
  quarantined(
    tenant: string,
    query: { readonly cursor: string; readonly limit: number },
  ): Promise<{ readonly records: readonly Quarantined[]; readonly cursor: string }>;

  /** Tenants of one shard that have ready jobs in a queue that is not paused, pair by pair in the order (queue, tenant), at most `limit`. */
  backlog(shard: number, query: BacklogQuery): Promise<readonly ReadyPair[]>;

  close(): Promise<void>;
}

/** Verbs of the port that go to the engine, each in one form. */
export type StoreVerb = Exclude<keyof JobStore, 'capabilities' | 'status' | 'shards' | 'lookMs' | 'enqueuePacked' | 'settlePacked'>;

export type TenantJob = NewJob & { readonly tenant: string };
export type PairName = readonly [tenant: string, queue: string];

/** What a driver can do; fixed. What it cannot throws NOT_SUPPORTED. */
export interface Capabilities {
  readonly driver: string;
  readonly delay: boolean;
  readonly priorities: boolean;
  readonly fencing: boolean;
  readonly duplicateIds: boolean;
  /** `list`, `queues` and `find`, and what is done to a job by its id: `cancel`, `revive` and `forget`. */
  readonly listing: boolean;
  /** Settings but pausing and limits: leases, attempts, times to live and where they lead, retention. */
  readonly settings: boolean;
  readonly pausing: boolean;
  readonly limits: boolean;
  readonly purging: boolean;
  readonly counters: boolean;
  readonly quarantine: boolean;
  /** Jobs of one tenant in one batch appear together. */
  readonly fanout: boolean;
  /** A release that spends or says `lost` goes to the head when it asks to; else to the tail. */
  readonly headRetries: boolean;
  /**
   * Every opening of the storage settles and extends what another granted, also after a restart; else `settle` and `extend` know only leases that
   * were granted here, `LEASE_LOST` says no more than that, leases end with the opening, and the epoch stays.
   */
  readonly sharedLeases: boolean;
  /** There are as many shards as were asked for; else one. */
  readonly sharding: boolean;
}

/** What is known of an engine; changes by itself. */
export interface StoreStatus {
  readonly durability: Durability;
  /** Grows when the engine may have forgotten something (another run, a failover, a store opened again): new tokens then need a new nonce. */
  readonly epoch: number;
  /** For people: `redis 7.0.15`. */
  readonly engine: string;
  /** What it would not tell. */
  readonly unknown: readonly ('durability' | 'version' | 'eviction')[];
  /** By how much its clock was last seen to jump; 0 when it was not in the last ten minutes. */
  readonly clockJumpMs: number;
}

/** What every driver is opened with; drivers add their own. */
export interface StoreOptions {
  /** 1 … 4096; 16 by default; an installation that exists keeps its own. */
  readonly shards?: number;
  /** What is left out is as in {@link DEFAULT_RETENTION}. */
  readonly retention?: Partial<Retention>;
  /** Opening an engine that keeps less throws STORAGE_UNFIT, and so does every call while it does. In the order of {@link DURABILITY_ORDER}. */
  readonly requireDurability?: Durability;
  readonly onEvent?: (event: StoreEvent) => void;
}

/** From the least to the most. */
export const DURABILITY_ORDER: readonly Durability[] = ['unknown', 'memory', 'process-crash', 'power-loss', 'replicated'];

/** What a driver has to say: it neither logs nor measures. */
export type StoreEvent =
  | { readonly kind: 'engine'; readonly status: StoreStatus }
  | { readonly kind: 'unfit'; readonly reason: string }
  | { readonly kind: 'clock-jump'; readonly byMs: number }
  | { readonly kind: 'quarantined'; readonly tenant: string; readonly id: string; readonly reason: string }
  | { readonly kind: 'full' | 'room'; readonly freeBytes: number };

export interface ReserveRequest {
  readonly shard: number;
  readonly wants: readonly Want[];
  readonly max: number;
  readonly maxBytes: number;
  readonly deliveryLeaseMs: number;
  readonly owner: string;
  /** 8 lower-case hex digits of the granting broker and this shard: tokens of two shards must not be the same. */
  readonly nonce: string;
}

export interface Want {
  readonly tenant: string;
  readonly queue: string;
  /** At most so many of this pair. */
  readonly max: number;
}

export interface Reserved {
  readonly jobs: readonly LeasedJob[];
  /** The same jobs as they travel, of a driver that has them in that form: it then makes `jobs` when somebody reads it. */
  readonly packed?: PackedJobs;
  /** Jobs still ready of each want, in the order of the wants. */
  readonly left: readonly number[];
}

/** How many jobs it brought, without making them. */
export const grantedBy = (reserved: Reserved): number => reserved.packed?.count ?? reserved.jobs.length;

export interface BacklogQuery {
  /** One queue, or '' for all. */
  readonly queue: string;
  readonly after?: { readonly tenant: string; readonly queue: string };
  readonly limit: number;
}

export interface GoneOwners {
  readonly owners: readonly GoneOwner[];
  /** '' begins; then what the last reap answered. */
  readonly cursor: string;
}

export interface GoneOwner {
  readonly owner: string;
  readonly reason: string;
}

/** What a sweep did. */
export interface Swept {
  /** Jobs that left the state the sweep looks at, wherever they went; at most its limit. */
  readonly moved: number;
  /** Pairs that have ready jobs because of it, and are not paused. */
  readonly ready: readonly PairName[];
  /** Milliseconds until something of this kind is due in the shard, 0 when the limit cut the sweep short; undefined when nothing waits (a lease that never ends is not waited for). */
  readonly nextInMs: number | undefined;
  /** What time it was in the shard. */
  readonly nowMs: number;
}

export interface Reaped extends Swept {
  /** Where to go on with the leases of gone owners when `nextInMs` is 0. */
  readonly cursor: string;
}

export interface Scrubbed {
  /** '' when the shard is through. */
  readonly cursor: string;
  readonly looked: number;
  readonly mended: Mended;
}

/** What a scrub set right. */
export interface Mended {
  /** Jobs that stood in no index, or in a wrong one. */
  readonly lost: number;
  /** Entries of an index that belong to no job. */
  readonly stray: number;
  /** Counts that were wrong, and pairs that were marked wrongly. */
  readonly counts: number;
  /** Records that could not be read. */
  readonly quarantined: number;
}

/** How long what is over is kept. */
export interface Retention {
  /** Completed, cancelled and expired jobs: milliseconds, and at most so many, and so many bytes of results, per tenant and queue. */
  readonly finishedMs: number;
  readonly finishedMax: number;
  readonly finishedBytes: number;
  /** Dead letters, and the bytes of their payloads. */
  readonly deadMs: number;
  readonly deadMax: number;
  readonly deadBytes: number;
  /**
   * Neither bound forgets a job sooner than this after it finished, so that a repeated enqueue or settle is still recognised:
   * at least 60 s, and at least twice its lease.
   */
  readonly keepAtLeastMs: number;
}

export const DEFAULT_RETENTION: Retention = {
  finishedMs: 3_600_000,
  finishedMax: 1_000,
  finishedBytes: 64 * 1_024 * 1_024,
  deadMs: 7 * 86_400_000,
  deadMax: 10_000,
  deadBytes: 256 * 1_024 * 1_024,
  keepAtLeastMs: 60_000,
};

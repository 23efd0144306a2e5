import type {
  ChangeVerdict,
  Durability,
  EnqueueVerdict,
  ExtendCode,
  JobView,
  LeasedJob,
  LeaseRef,
  NewJob,
  QueueView,
  SettleCode,
  Settlement,
} from '@tiercel/protocol';

/**
 * Where jobs are kept. Batch-first; every call is one atomic step of the engine per shard it touches; verdicts come in the order of
 * the items. Time is the engine's own, or that of the `clock` the store was opened with (tests, the simulator), and never goes back
 * in a shard; calls that only look (`find`, `list`, `queues`, `backlog`) do not count as having seen a time.
 *
 * Any call may throw STORAGE_UNAVAILABLE (whether it was applied is then unknown) or STORAGE_FULL (nothing was applied).
 * Names have been checked by whoever calls.
 */
export interface JobStore {
  readonly capabilities: Capabilities;
  /** How many shards tenants are spread over; fixed when the installation is made. */
  readonly shards: number;

  /**
   * Stores jobs as ready, or scheduled when `delayMs` > 0. An id the tenant already has is `DUPLICATE` when its checksum is the same
   * (with the state of the stored job), else `DUPLICATE_ID`.
   */
  enqueue(batch: readonly (NewJob & { readonly tenant: string })[]): Promise<readonly EnqueueVerdict[]>;

  /**
   * Leases up to `max` jobs of one shard, want by want in the order given, each in priority then FIFO order, until `max` or `maxBytes`
   * (at least one job in all). A suspect (lostLeases > 0) is handed out alone: it ends the reserve when it is the first, and is
   * left at the head when it is not, where it ends its want; the next want is served. Jobs past their time to live (not started
   * `ttlMs` after they were enqueued) become expired instead. A job that does not fit `maxBytes` ends the reserve.
   */
  reserve(request: ReserveRequest): Promise<Reserved>;

  /** Sets the end of each lease to now + leaseMs. LEASE_LOST when the token is not the current one or the lease has ended. */
  extend(batch: readonly (LeaseRef & { readonly leaseMs: number })[]): Promise<readonly ExtendCode[]>;

  /** Ends leases. A current token counts even past its end, until somebody reaped it; the last settled token is `OK_ALREADY`. */
  settle(batch: readonly Settlement[]): Promise<readonly SettleCode[]>;

  /** Moves scheduled jobs that are due to the tail of ready, at most `limit`. */
  promote(shard: number, limit: number): Promise<Swept>;

  /** Takes back leases that ended, at most `limit`; and those of owners known dead, whether or not they ended. */
  reap(shard: number, limit: number, gone?: readonly GoneOwner[]): Promise<Swept>;

  /** Forgets finished and dead jobs whose retention is over, at most `limit`. */
  prune(shard: number, limit: number): Promise<Swept>;

  /** Scheduled or ready → cancelled; leased → flagged, and `OK` with state `leased`. */
  cancel(tenant: string, ids: readonly string[]): Promise<readonly ChangeVerdict[]>;

  /** Dead → ready with a new allowance (spent, lostLeases and undelivered 0) and no wish to cancel it. */
  revive(tenant: string, ids: readonly string[]): Promise<readonly ChangeVerdict[]>;

  find(tenant: string, ids: readonly string[], options: { readonly payload: boolean }): Promise<readonly (JobView | null)[]>;

  /** Dead jobs, oldest first. `cursor` '' begins; '' in the reply ends. */
  list(
    tenant: string,
    query: { readonly state: 'dead'; readonly queue: string; readonly cursor: string; readonly limit: number },
  ): Promise<{
    readonly jobs: readonly JobView[];
    readonly cursor: string;
  }>;

  /** Every queue of a tenant that holds a job, by name. */
  queues(tenant: string): Promise<readonly QueueView[]>;

  /** Tenants of one shard that have ready jobs, pair by pair in the order (queue, tenant), after `after`, at most `limit`. */
  backlog(shard: number, query: BacklogQuery): Promise<readonly ReadyPair[]>;

  close(): Promise<void>;
}

export interface Capabilities {
  readonly driver: string;
  readonly durability: Durability;
  readonly delay: boolean;
  readonly fencing: boolean;
  readonly duplicateIds: boolean;
  readonly listing: boolean;
  readonly priorities: boolean;
}

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
  /** Jobs still ready of each want, in the order of the wants. */
  readonly left: readonly number[];
}

export interface ReadyPair {
  readonly tenant: string;
  readonly queue: string;
  readonly ready: number;
}

export interface BacklogQuery {
  /** One queue, or '' for all. */
  readonly queue: string;
  readonly after?: { readonly tenant: string; readonly queue: string };
  readonly limit: number;
}

export interface GoneOwner {
  readonly owner: string;
  readonly reason: string;
}

/** What a sweep did. */
export interface Swept {
  /** Jobs that left the state the sweep looks at, wherever they went; at most its limit. */
  readonly moved: number;
  /** Pairs that have ready jobs because of it. */
  readonly ready: readonly (readonly [tenant: string, queue: string])[];
  /** Milliseconds until something of this kind is due in the shard, 0 when the limit cut the sweep short; undefined when nothing waits. */
  readonly nextInMs: number | undefined;
}

/** How long what is over is kept. */
export interface Retention {
  /** Completed, cancelled and expired jobs: milliseconds, and at most so many per tenant and queue. */
  readonly finishedMs: number;
  readonly finishedMax: number;
  readonly deadMs: number;
  readonly deadMax: number;
  /**
   * Neither bound forgets a job sooner than this after it finished, so that a repeated enqueue or settle is still recognised:
   * at least 60 s, and at least twice its lease.
   */
  readonly keepAtLeastMs: number;
}

export const DEFAULT_RETENTION: Retention = {
  finishedMs: 3_600_000,
  finishedMax: 1_000,
  deadMs: 7 * 86_400_000,
  deadMax: 10_000,
  keepAtLeastMs: 60_000,
};

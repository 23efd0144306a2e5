import type { ErrorCode } from './errors.js';
import type { Durability, JobState, JobView, NewJob, QueueView } from './job.js';
import type { LeasedJob, LeaseRef, Token } from './lease.js';
import type { PackedAcks } from './packed-acks.js';
import type { PackedBatch } from './packed-batch.js';
import type { PackedJobs } from './packed-jobs.js';
import type { Counted, Quarantined, SettingsChange, SettingsView } from './queue-settings.js';
import type { ExtendCode, SettleCode, Settlement } from './settlement.js';

/**
 * What a broker answers to. The tenant is never in a body: it is what the server stamped on the subject. Only the pool's
 * credential names tenants, inside the lease references of `extend` and `settle`, and is told of them by `backlog`; a tenant's own must name itself
 * in the former and is refused the latter.
 */
export interface BrokerProtocol {
  /** Verdicts in the order of the jobs. Throws BUSY, STORAGE_UNAVAILABLE and the like for the whole batch. */
  enqueue(batch: EnqueueBatch): EnqueueReply;
  /** Answered at once when jobs are ready; else parked for `parkMs` at most and answered empty. */
  reserve(demand: Demand): ReserveReply;
  extend(batch: ExtendBatch): { readonly verdicts: readonly ExtendCode[] };
  settle(batch: SettleBatch): { readonly verdicts: readonly SettleCode[] };
  /** `null` for an id that is not there. */
  find(query: { readonly ids: readonly string[]; readonly payload: boolean }): { readonly jobs: readonly (JobView | null)[] };
  /** `cursor` '' begins, '' in the reply ends. */
  list(query: ListQuery): { readonly jobs: readonly JobView[]; readonly cursor: string };
  cancel(batch: { readonly ids: readonly string[] }): { readonly verdicts: readonly ChangeVerdict[] };
  revive(batch: { readonly ids: readonly string[] }): { readonly verdicts: readonly ChangeVerdict[] };
  /** Only dead ones; one that is forgotten has the state ''. */
  forget(batch: { readonly ids: readonly string[] }): { readonly verdicts: readonly ChangeVerdict[] };
  queues(query: Record<string, never>): { readonly queues: readonly QueueView[] };
  /** Changes the settings of a queue, or of the tenant when `queue` is ''. */
  control(order: SettingsChange & { readonly queue: string }): Record<string, never>;
  settings(query: Record<string, never>): { readonly settings: readonly SettingsView[] };
  /** `more`: the limit cut it short. */
  purge(query: PurgeQuery): { readonly removed: number; readonly more: boolean };
  counters(query: Record<string, never>): { readonly counters: readonly Counted[] };
  /** `cursor` as in `list`. */
  quarantined(query: { readonly cursor: string; readonly limit: number }): {
    readonly records: readonly Quarantined[];
    readonly cursor: string;
  };
  /** For the pool's credential alone: which tenants have ready jobs. */
  backlog(query: BacklogRequest): BacklogPage;
}

export const PURGE_STATES = ['ready', 'scheduled', 'completed', 'dead', 'cancelled', 'expired', 'quarantined'] as const;
export type PurgeState = (typeof PURGE_STATES)[number];

export interface EnqueueBatch {
  readonly jobs: readonly NewJob[];
  /** More jobs, behind those, in the form that costs a broker least. */
  readonly packed?: PackedBatch | undefined;
}

/** `OK` and `DUPLICATE` mean the job is stored; anything else that it is not. */
export interface EnqueueVerdict {
  readonly code: 'OK' | 'DUPLICATE' | ErrorCode;
  /** State of the stored job; '' when refused. */
  readonly state: JobState | '';
}

export interface EnqueueReply {
  readonly verdicts: readonly EnqueueVerdict[];
  readonly durability: Durability;
}

export interface Demand {
  /** In order of preference; `['*']` = every queue. */
  readonly queues: readonly string[];
  /** Free slots, 1 … `LIMITS.batchItems`. */
  readonly max: number;
  readonly maxBytes: number;
  /** Name of the worker, unique among living workers. */
  readonly owner: string;
  /** How long to wait at the broker while nothing is ready; at most `LIMITS.parkMs`. */
  readonly parkMs: number;
  /** Ended first, in the same message. Such a reserve is never parked: who has settled waits for the answer. */
  readonly settlements?: readonly Settlement[] | undefined;
  /** The same, behind those. */
  readonly acks?: PackedAcks | undefined;
}

export interface ReserveReply {
  readonly jobs: readonly LeasedJob[];
  /** What travels, when the broker has the jobs in that form; it then leaves `jobs` empty, and whoever receives the reply finds them there. */
  readonly packed?: readonly PackedJobs[];
  /**
   * Length of the delivery lease, plus how long the reserve was parked before it was granted: to be counted from before the request
   * was sent.
   */
  readonly deliveryLeaseMs: number;
  /** Of the settlements that the demand carried. */
  readonly verdicts?: readonly SettleCode[] | undefined;
}

export interface ExtendBatch {
  readonly leases: readonly (LeaseRef & { readonly leaseMs: number })[];
}

export interface SettleBatch {
  readonly settlements: readonly Settlement[];
  /** More of them, behind those, in the form that costs a broker least. */
  readonly acks?: PackedAcks | undefined;
}

/**
 * Jobs of one state: ready ones in the order they will be handed out, scheduled ones by when they are due, leased ones by when the
 * lease ends, final ones oldest first. Jobs that move meanwhile may be missed or come twice.
 */
export interface ListQuery {
  readonly state: JobState;
  /** One queue, or '' for all, one after the other by name. */
  readonly queue: string;
  readonly cursor: string;
  /** A page may be shorter and still have a cursor. */
  readonly limit: number;
  readonly payload: boolean;
}

/** Forgets jobs of one queue; leased ones never. */
export interface PurgeQuery {
  /** '' only with `quarantined`, which know no queue. */
  readonly queue: string;
  readonly states: readonly PurgeState[];
  /** 1 … `LIMITS.purgedAtOnce`. */
  readonly limit: number;
}

export interface BacklogRequest {
  /** One queue, or '' for all. */
  readonly queue: string;
  /** As in `list`. */
  readonly cursor: string;
  /** 1 … `LIMITS.batchItems`. A page may be shorter, even empty, and still have a cursor. */
  readonly limit: number;
}

/** Pairs that are not paused and have ready jobs, no pair twice. Those that come to have some meanwhile may be missed. */
export interface BacklogPage {
  readonly pairs: readonly ReadyPair[];
  readonly cursor: string;
}

export interface ReadyPair {
  readonly tenant: string;
  readonly queue: string;
  readonly ready: number;
}

/** What became of a job that was to be cancelled, revived or forgotten. `state` is the one after the call; '' when there is no such job. */
export interface ChangeVerdict {
  readonly code: 'OK' | 'NOT_FOUND' | 'WRONG_STATE';
  readonly state: JobState | '';
}

/**
 * Between brokers whose storage lets only the one that granted a lease end it: each answers for its own, on `heldPath`. A lease whose broker nobody finds is
 * lost.
 */
export type HeldProtocol = Pick<BrokerProtocol, 'extend' | 'settle'>;

/** Between the services of a namespace, on `tiercel.<namespace>._sys.*`; every message is a hint that may be lost. */
export interface SysProtocol {
  /** "These queues of these tenants have work", from one broker to the others. */
  nudge(hint: { readonly from: string; readonly pairs: readonly (readonly [tenant: string, queue: string])[] }): void;
  /** A process says it lives; repeated every second or so. `stopping` on its way out. */
  alive(sign: Presence): void;
  /** Whoever saw a worker's process end tells the brokers, so that its leases come back at once. */
  gone(notice: { readonly owner: string; readonly reason: string }): void;
}

export interface Presence {
  readonly service: string;
  readonly instance: string;
  readonly pid: number;
  readonly stopping: boolean;
  /** Jobs held now. */
  readonly leases: number;
  /** Of Tiercel. */
  readonly version: string;
  /** The clock of its machine as it said this. */
  readonly nowMs: number;
  /** What a consumer serves. */
  readonly serves?: Served | undefined;
  /** What a broker keeps jobs in. */
  readonly storage?: StorageView | undefined;
}

/** What a consumer takes jobs from. */
export interface Served {
  /** '' = every tenant. */
  readonly tenant: string;
  /** In order of preference; `*` is every queue. */
  readonly queues: readonly string[];
  /** Jobs that it performs at once, at most. */
  readonly slots: number;
}

/** The storage as a broker last saw it. */
export interface StorageView {
  /** For people: `redis 7.0.15`. */
  readonly engine: string;
  readonly durability: Durability;
  /** Facts that it would not tell. */
  readonly unknown: readonly string[];
  /** By how much its clock jumped in the last ten minutes; 0 when it did not. */
  readonly clockJumpMs: number;
  /** Whether this broker is asked: not while its storage is down. */
  readonly serving: boolean;
}

export type { Token };

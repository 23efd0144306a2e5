import type { Clock, Log, Random, Ref } from '@tiercel/actors';
import { type BrokerProtocol, codeOf, type ExtendCode, type LeasedJob, type LeaseRef, LIMITS, type Token } from '@tiercel/protocol';
import { Alarm } from './alarm.js';
import { repeatBackoffMs } from './backoff.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface LeaseKeeperOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly graceMs?: number;
}

export interface LeaseKeeperHooks {
  /** To be run now. */
  jobs(jobs: readonly LeasedJob[]): void;
  /** So many that were granted are not handed on. */
  missed(count: number): void;
  lost(token: Token): void;
  cancel(token: Token): void;
  /** A started job's time, its grace and a little more are over. Returns when to ask again, in milliseconds. Without it nobody asks. */
  readonly overdue?: ((lease: LeaseRef) => number) | undefined;
}

/** A lease that is kept. Times are monotonic milliseconds. */
interface Kept {
  readonly ref: LeaseRef & { readonly leaseMs: number };
  /** How long one attempt may take in all before its process is doubted. */
  readonly runMs: number;
  /** Ours to work under until then: sooner than the storage's own end, since it is counted from before the request was sent. */
  endAt: number;
  /** When to extend next; infinite while an extend is under way. */
  extendAt: number;
  overdueAt: number;
  failures: number;
  cancelled: boolean;
  /** Handed on after the first extend. */
  waiting?: LeasedJob | undefined;
}

/**
 * Extends leases, in batches, when a third of them has passed; a job done sooner costs no extend. Says when one is lost: the broker
 * said so, or its own count of the lease ran out, which needs nobody to tell it.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #hooks: LeaseKeeperHooks;
  readonly #kept = new Map<Token, Kept>();
  readonly #alarm: Alarm;
  #confirming: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: LeaseKeeperOptions, hooks: LeaseKeeperHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#alarm = new Alarm(options.clock, (now) => this.#sweep(now));
  }

  /**
   * Takes over leases of `deliveryLeaseMs` that were asked for at `sentAt` and hands their jobs on. A job that came back before without
   * having spent an attempt may have taken its process with it too soon for any sign of life, and its neighbours too; so such a
   * one is handed on only after an extend. Then its end counts as a lost lease, and the next time it runs alone.
   */
  grant(jobs: readonly LeasedJob[], sentAt: number, deliveryLeaseMs: number): void {
    const now = this.#options.clock.monotonic();
    const endAt = endOf(sentAt, deliveryLeaseMs);
    if (endAt <= now) {
      this.#options.log.warn({ jobs: jobs.length, tookMs: now - sentAt }, 'jobs came after their delivery lease');
      this.#hooks.missed(jobs.length);
      return;
    }
    const extendAt = now + (endAt - now) / 3;
    const sure: LeasedJob[] = [];
    const doubtful: Kept[] = [];
    for (const job of jobs) {
      const kept = this.#keepOf(job, endAt, extendAt);
      this.#kept.set(job.token, kept);
      if (isDoubtful(job)) {
        kept.waiting = job;
        doubtful.push(kept);
      } else sure.push(job);
    }
    if (sure.length > 0) this.#hooks.jobs(sure);
    this.#alarm.by(extendAt);
    if (doubtful.length > 0) this.#confirming = this.#extend(doubtful, now);
  }

  /** Resolves when the last jobs that were granted are handed on, or cannot be. */
  get confirming(): Promise<void> {
    return this.#confirming;
  }

  started(tokens: readonly Token[]): void {
    if (!this.#hooks.overdue) return;
    const now = this.#options.clock.monotonic();
    for (const token of tokens) {
      const kept = this.#kept.get(token);
      if (!kept) continue;
      kept.overdueAt = now + kept.runMs;
      this.#alarm.by(kept.overdueAt);
    }
  }

  ended(tokens: readonly Token[]): void {
    for (const token of tokens) this.#kept.delete(token);
  }

  held(): readonly LeaseRef[] {
    return Array.from(this.#kept.values(), (kept) => kept.ref);
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.stop();
    this.#kept.clear();
  }

  /** Looks at every lease: a few hundred at most, some three times a lease. */
  #sweep(now: number): void {
    const due: Kept[] = [];
    for (const kept of this.#kept.values()) {
      if (kept.endAt <= now) this.#lose(kept);
      else if (kept.extendAt <= now) due.push(kept);
      if (kept.overdueAt <= now) kept.overdueAt = now + (this.#hooks.overdue?.(kept.ref) ?? Number.POSITIVE_INFINITY);
    }
    for (let at = 0; at < due.length; at += LIMITS.batchItems) void this.#extend(due.slice(at, at + LIMITS.batchItems), now);
    for (const kept of this.#kept.values()) this.#alarm.by(Math.min(kept.endAt, kept.extendAt, kept.overdueAt));
  }

  #extend(batch: readonly Kept[], sentAt: number): Promise<void> {
    for (const kept of batch) {
      kept.extendAt = Number.POSITIVE_INFINITY;
      // a lease shorter than what is left of the delivery lease ends sooner once this is applied, also when its answer is lost
      kept.endAt = Math.min(kept.endAt, endOf(sentAt, kept.ref.leaseMs));
    }
    const shortest = Math.min(...batch.map((kept) => kept.endAt - sentAt));
    return this.#options.broker
      .ask('extend', { leases: batch.map((kept) => kept.ref) }, { timeoutMs: Math.min(WORKER_LIMITS.extendAskMs, shortest / 2) })
      .then(
        ({ verdicts }) => this.#extended(batch, verdicts, sentAt),
        (error) => this.#failed(batch, error),
      );
  }

  #extended(batch: readonly Kept[], verdicts: readonly ExtendCode[], sentAt: number): void {
    this.#handOn(batch.filter((_, at) => verdicts[at] !== 'LEASE_LOST'));
    for (const [at, kept] of batch.entries()) this.#judge(kept, verdicts[at], sentAt);
  }

  #handOn(alive: readonly Kept[]): void {
    const jobs = alive.flatMap((kept) => (kept.waiting && this.#kept.has(kept.ref.token) ? [kept.waiting] : []));
    for (const kept of alive) kept.waiting = undefined;
    if (jobs.length > 0) this.#hooks.jobs(jobs);
  }

  #judge(kept: Kept, verdict: ExtendCode | undefined, sentAt: number): void {
    if (this.#kept.get(kept.ref.token) !== kept) return;
    if (verdict === 'LEASE_LOST') this.#lose(kept);
    else this.#prolong(kept, sentAt);
    if (verdict !== 'CANCEL' || kept.cancelled) return;
    kept.cancelled = true;
    this.#hooks.cancel(kept.ref.token);
  }

  #prolong(kept: Kept, sentAt: number): void {
    kept.failures = 0;
    kept.endAt = endOf(sentAt, kept.ref.leaseMs);
    kept.extendAt = sentAt + kept.ref.leaseMs / 3;
    this.#alarm.by(kept.extendAt);
  }

  #failed(batch: readonly Kept[], error: unknown): void {
    if (this.#stopped) return;
    this.#options.log.warn({ code: codeOf(error), err: error, leases: batch.length }, 'extend failed');
    const now = this.#options.clock.monotonic();
    for (const kept of batch)
      kept.extendAt = now + repeatBackoffMs(this.#options.random, ++kept.failures, WORKER_LIMITS.extendRepeat);
    this.#alarm.by(Math.min(...batch.map((kept) => kept.extendAt)));
  }

  #keepOf({ tenant, id, token, leaseMs, timeoutMs }: LeasedJob, endAt: number, extendAt: number): Kept {
    const runMs = timeoutMs + (this.#options.graceMs ?? 0) + WORKER_LIMITS.overdueSlackMs;
    const overdueAt = Number.POSITIVE_INFINITY;
    return { ref: { tenant, id, token, leaseMs }, runMs, endAt, extendAt, overdueAt, failures: 0, cancelled: false };
  }

  #lose(kept: Kept): void {
    this.#kept.delete(kept.ref.token);
    if (kept.waiting) this.#hooks.missed(1);
    else this.#hooks.lost(kept.ref.token);
  }
}

/** Deliveries that spent nothing came before this one, or a lost lease. */
const isDoubtful = ({ attempt, spent, lostLeases }: LeasedJob): boolean => attempt - spent > 1 || lostLeases > 0;

/** The own end of a lease that was asked for at `sentAt`. */
const endOf = (sentAt: number, leaseMs: number): number => sentAt + leaseMs - Math.min(WORKER_LIMITS.leaseMarginMs, leaseMs / 10);

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
  #stopped = false;

  constructor(options: LeaseKeeperOptions, hooks: LeaseKeeperHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#alarm = new Alarm(options.clock, (now) => this.#sweep(now));
  }

  /**
   * Takes over leases of `deliveryLeaseMs` that were asked for at `sentAt`, and returns their jobs; none when that time is over already,
   * so that they come back undelivered.
   */
  grant(jobs: readonly LeasedJob[], sentAt: number, deliveryLeaseMs: number): readonly LeasedJob[] {
    const now = this.#options.clock.monotonic();
    const endAt = endOf(sentAt, deliveryLeaseMs);
    if (endAt <= now) {
      this.#options.log.warn({ jobs: jobs.length, tookMs: now - sentAt }, 'jobs came after their delivery lease');
      return [];
    }
    const extendAt = now + (endAt - now) / 3;
    for (const job of jobs) this.#kept.set(job.token, this.#keepOf(job, endAt, extendAt));
    if (!this.#stopped) this.#alarm.by(extendAt);
    return jobs;
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
    for (let at = 0; at < due.length; at += LIMITS.batchItems) this.#extend(due.slice(at, at + LIMITS.batchItems), now);
    for (const kept of this.#kept.values()) this.#alarm.by(Math.min(kept.endAt, kept.extendAt, kept.overdueAt));
  }

  #extend(batch: readonly Kept[], sentAt: number): void {
    const shortest = Math.min(...batch.map((kept) => kept.endAt - sentAt));
    for (const kept of batch) kept.extendAt = Number.POSITIVE_INFINITY;
    this.#options.broker
      .ask('extend', { leases: batch.map((kept) => kept.ref) }, { timeoutMs: Math.min(WORKER_LIMITS.extendAskMs, shortest / 2) })
      .then(
        ({ verdicts }) => batch.forEach((kept, at) => void this.#extended(kept, verdicts[at], sentAt)),
        (error) => this.#failed(batch, error),
      );
  }

  #extended(kept: Kept, verdict: ExtendCode | undefined, sentAt: number): void {
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
    this.#hooks.lost(kept.ref.token);
  }
}

/** The own end of a lease that was asked for at `sentAt`. */
const endOf = (sentAt: number, leaseMs: number): number => sentAt + leaseMs - Math.min(WORKER_LIMITS.leaseMarginMs, leaseMs / 10);

import type { Clock, Log, Random, Ref } from '@tiercel/actors';
import { type BrokerProtocol, codeOf, type ExtendCode, LIMITS } from '@tiercel/protocol';
import { Alarm } from './alarm.js';
import { repeatBackoffMs } from './backoff.js';
import { endOf, neverEnds } from './grant.js';
import { firstOf, type HeldBatch, type HeldLease } from './held-batch.js';
import { WORKER_LIMITS } from './worker-limits.js';
import { YoungBatch } from './young-batch.js';

export interface LeaseKeeperOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between the end of a job's time and the harder end. Only needed with `overdue`. */
  readonly graceMs?: number;
}

export interface LeaseKeeperHooks {
  lost(key: number): void;
  cancel(key: number): void;
  /** A job's time, its grace and a little more are over. Returns when to ask again, in milliseconds. Without it nobody asks. */
  readonly overdue?: ((lease: HeldLease) => number) | undefined;
}

/** A lease that has grown old. Times are monotonic milliseconds. */
interface Kept {
  readonly lease: HeldLease;
  /** Ours to work under until then: sooner than the storage's own end, since it is counted from before the request was sent. */
  endAt: number;
  /** When to extend next; infinite while an extend is under way, and once the lease never ends. */
  extendAt: number;
  overdueAt: number;
  failures: number;
  cancelled: boolean;
}

/** A batch that is not taken apart before `openAt`, when the first of its leases needs something. */
interface Young {
  readonly batch: YoungBatch;
  readonly keptAt: number;
  readonly extendAt: number;
  readonly openAt: number;
}

/**
 * Extends leases, in batches, when a third of them has passed; a job done sooner costs no extend. Says when one is lost: the broker
 * said so, or its own count of the lease ran out, which needs nobody to tell it. A lease that never ends is extended once: that was its
 * sign of life, and the last time that the broker could say anything about it.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #hooks: LeaseKeeperHooks;
  readonly #young = new Map<number, Young>();
  readonly #kept = new Map<number, Kept>();
  readonly #alarm: Alarm;
  #stopped = false;

  constructor(options: LeaseKeeperOptions, hooks: LeaseKeeperHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#alarm = new Alarm(options.clock, (now) => this.#sweep(now));
  }

  keep(batch: HeldBatch): void {
    const keptAt = this.#options.clock.monotonic();
    const extendAt = keptAt + (batch.endAt - keptAt) / 3;
    const overdueAt = this.#hooks.overdue ? keptAt + this.#runMs(batch.timeoutMs) : Number.POSITIVE_INFINITY;
    const openAt = Math.min(extendAt, overdueAt);
    this.#young.set(batch.first, { batch: new YoungBatch(batch), keptAt, extendAt, openAt });
    this.#alarm.by(openAt);
  }

  ended(keys: readonly number[]): void {
    for (const key of keys) {
      const first = firstOf(key);
      const young = this.#young.get(first);
      if (young === undefined) {
        this.#kept.delete(key);
        continue;
      }
      young.batch.end(key);
      if (young.batch.left === 0) this.#young.delete(first);
    }
  }

  /** Every lease kept. */
  held(): readonly HeldLease[] {
    const old = Array.from(this.#kept.values(), (kept) => kept.lease);
    return old.concat(...Array.from(this.#young.values(), ({ batch }) => batch.leases()));
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.stop();
    this.#young.clear();
    this.#kept.clear();
  }

  /** How long one attempt may take in all before its process is doubted. */
  #runMs(timeoutMs: number): number {
    return timeoutMs + (this.#options.graceMs ?? 0) + WORKER_LIMITS.overdueSlackMs;
  }

  /** Looks at every lease: a few hundred at most, some three times a lease. */
  #sweep(now: number): void {
    this.#openOld(now);
    const due: Kept[] = [];
    for (const kept of this.#kept.values()) {
      if (kept.endAt <= now) this.#lose(kept);
      else if (kept.extendAt <= now) due.push(kept);
      if (kept.overdueAt <= now) kept.overdueAt = now + (this.#hooks.overdue?.(kept.lease) ?? Number.POSITIVE_INFINITY);
    }
    for (let at = 0; at < due.length; at += LIMITS.batchItems) this.#extend(due.slice(at, at + LIMITS.batchItems), now);
    for (const kept of this.#kept.values()) this.#alarm.by(Math.min(kept.endAt, kept.extendAt, kept.overdueAt));
    for (const { openAt } of this.#young.values()) this.#alarm.by(openAt);
  }

  #openOld(now: number): void {
    for (const [first, { batch, keptAt, extendAt, openAt }] of this.#young) {
      if (openAt > now) continue;
      this.#young.delete(first);
      for (const lease of batch.leases()) {
        const overdueAt = this.#hooks.overdue ? keptAt + this.#runMs(lease.timeoutMs) : Number.POSITIVE_INFINITY;
        const { endAt } = lease;
        const next = Number.isFinite(endAt) ? extendAt : endAt; // one that was in doubt had its extend before it was kept
        this.#kept.set(lease.key, { lease, endAt, extendAt: next, overdueAt, failures: 0, cancelled: false });
      }
    }
  }

  #extend(batch: readonly Kept[], sentAt: number): void {
    for (const kept of batch) {
      kept.extendAt = Number.POSITIVE_INFINITY;
      // a lease shorter than what is left of the delivery lease ends sooner once this is applied, also when its answer is lost
      kept.endAt = Math.min(kept.endAt, endOf(sentAt, kept.lease.ref.leaseMs));
    }
    const shortest = Math.min(...batch.map((kept) => kept.endAt - sentAt));
    this.#options.broker
      .ask(
        'extend',
        { leases: batch.map((kept) => kept.lease.ref) },
        { timeoutMs: Math.min(WORKER_LIMITS.extendAskMs, shortest / 2) },
      )
      .then(
        ({ verdicts }) => this.#extended(batch, verdicts, sentAt),
        (error) => this.#failed(batch, error),
      );
  }

  #extended(batch: readonly Kept[], verdicts: readonly ExtendCode[], sentAt: number): void {
    for (const [at, kept] of batch.entries()) this.#judge(kept, verdicts[at], sentAt);
  }

  #judge(kept: Kept, verdict: ExtendCode | undefined, sentAt: number): void {
    if (this.#kept.get(kept.lease.key) !== kept) return;
    if (verdict === 'LEASE_LOST') this.#lose(kept);
    else this.#prolong(kept, sentAt);
    if (verdict !== 'CANCEL' || kept.cancelled) return;
    kept.cancelled = true;
    this.#hooks.cancel(kept.lease.key);
  }

  #prolong(kept: Kept, sentAt: number): void {
    const { leaseMs } = kept.lease.ref;
    kept.failures = 0;
    kept.endAt = endOf(sentAt, leaseMs);
    kept.extendAt = neverEnds(leaseMs) ? Number.POSITIVE_INFINITY : sentAt + leaseMs / 3;
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

  #lose(kept: Kept): void {
    this.#kept.delete(kept.lease.key);
    this.#hooks.lost(kept.lease.key);
  }
}

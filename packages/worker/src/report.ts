import type { Clock, Log } from '@tiercel/actors';
import { type LeasedJob, LIMITS, type Release } from '@tiercel/protocol';
import type { Grant } from './grant.js';
import type { Outcome } from './outcome.js';
import { publishSettled } from './settled-channel.js';
import type { Settled } from './settler.js';
import type { Slot } from './slot.js';
import type { WorkerObserver } from './worker-observer.js';

/** What a worker did since its start. */
export interface WorkerCounters {
  started: number;
  acked: number;
  released: number;
  buried: number;
  /** Leases lost, before or at the settling. */
  lost: number;
}

/** Says what became of jobs: counts it, logs it, and tells who observes this process. */
export class Report {
  readonly counters: WorkerCounters = { started: 0, acked: 0, released: 0, buried: 0, lost: 0 };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #observe: WorkerObserver | undefined;

  constructor({ clock, log, observe }: { readonly clock: Clock; readonly log: Log; readonly observe?: WorkerObserver }) {
    this.#clock = clock;
    this.#log = log;
    this.#observe = observe;
  }

  begun(grants: readonly Pick<Grant, 'job'>[]): void {
    this.counters.started += grants.length;
    this.#observe?.begun(grants);
  }

  /** A run is over. `undefined`: nothing may be settled. */
  ended({ job, startedAt }: Pick<Slot, 'job' | 'startedAt'>, outcome: Outcome | undefined): void {
    const { tenant, queue, name, id: jobId, attempt } = job;
    const tookMs = this.#clock.monotonic() - startedAt;
    this.#observe?.ended(job, tookMs, outcome?.outcome);
    const facts = { tenant, queue, name, jobId, attempt, tookMs: Math.round(tookMs) };
    if (outcome === undefined) this.#log.warn(facts, 'outcome dropped, lease lost');
    else if (outcome.outcome === 'ack') this.#log.debug(facts, 'job done');
    else if (outcome.outcome === 'bury' || isLast(job, outcome)) this.#log.warn({ ...facts, reason: outcome.reason }, 'job buried');
    else this.#log.info({ ...facts, reason: outcome.reason, delayMs: outcome.delayMs, spend: outcome.spend }, 'job released');
  }

  settled(settled: readonly Settled[]): void {
    for (const { settlement, code } of settled) {
      const { tenant, id: jobId, outcome } = settlement;
      if (code === 'OK' || code === 'OK_ALREADY') this.counters[COUNTED[outcome]]++;
      else {
        this.counters.lost++;
        this.#log.warn({ tenant, jobId, outcome, code }, 'lease lost before it was settled');
      }
    }
    this.#observe?.settled(settled, this.#clock.monotonic());
    publishSettled(settled);
  }

  /** A handler runs on after its time and its grace. */
  stuck({ job: { tenant, name, id: jobId }, aborted }: Slot): void {
    const remedy = "let it observe its signal, or give the job isolation: 'process'";
    this.#log.error({ tenant, name, jobId, aborted, remedy }, 'handler did not stop');
  }
}

const COUNTED = { ack: 'acked', release: 'released', bury: 'buried' } as const;

/** Whether a release uses the allowance up, or the last lost lease, so that the job goes to the dead letters. */
const isLast = (job: LeasedJob, { spend, lost }: Release): boolean =>
  (spend && job.attempts > 0 && job.spent + 1 >= job.attempts) || (lost && job.lostLeases + 1 >= LIMITS.lostLeases);

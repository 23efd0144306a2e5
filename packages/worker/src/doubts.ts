import type { Undo } from '@tiercel/actors';
import { codeOf, type ExtendCode, type LeasedJob } from '@tiercel/protocol';
import { repeatBackoffMs } from './backoff.js';
import { endOf, type Grant, neverEnds } from './grant.js';
import type { ReserverOptions } from './reserver.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface DoubtsOptions extends Pick<ReserverOptions, 'broker' | 'clock' | 'random' | 'log'> {
  /**
   * The leases of these are extended; the `cancelled` need not run any more. Of the `untold` that is not known, and if they are they
   * never end. Those that are in none are not to be had.
   */
  settled(alive: readonly Grant[], cancelled: readonly Grant[], untold: readonly Grant[]): void;
}

/**
 * Jobs that are begun only after an extend. One that came back without having spent an attempt may have taken its process with it too
 * soon for any sign of life, and its neighbours too; after a sign of life such an end counts as a lost lease, and the next time the
 * job runs alone.
 */
export class Doubts {
  readonly #options: DoubtsOptions;
  readonly #pauses = new Set<Undo>();
  readonly #inDoubt = new Set<LeasedJob>();
  #stopped = false;

  constructor(options: DoubtsOptions) {
    this.#options = options;
  }

  /** Jobs in doubt. */
  get size(): number {
    return this.#inDoubt.size;
  }

  /** `grants` are at most a batch. */
  add(grants: readonly Grant[]): void {
    for (const { job } of grants) this.#inDoubt.add(job);
    this.#extend(grants, 0);
  }

  /**
   * Doubts no more. Returns the jobs that were in doubt: their extends may be applied yet, and a lease that was extended and is left
   * to itself counts as lost, so they are to be released. It does not matter which of the two comes first.
   */
  stop(): LeasedJob[] {
    this.#stopped = true;
    for (const undo of this.#pauses) undo();
    this.#pauses.clear();
    const jobs = [...this.#inDoubt];
    this.#inDoubt.clear();
    return jobs;
  }

  #extend(grants: readonly Grant[], failures: number): void {
    const { broker, clock } = this.#options;
    const sentAt = clock.monotonic();
    const shortestMs = Math.min(...grants.map(({ endAt }) => endAt - sentAt));
    if (shortestMs <= 0) {
      this.#settle(grants, [], sentAt);
      return;
    }
    // a lease shorter than what is left of the delivery lease ends sooner once this is applied, also when its answer is lost
    const shortened = grants.map(({ job, endAt }) => ({ job, endAt: Math.min(endAt, endOf(sentAt, job.leaseMs)) }));
    const leases = grants.map(({ job: { tenant, id, token, leaseMs } }) => ({ tenant, id, token, leaseMs }));
    void broker.ask('extend', { leases }, { timeoutMs: Math.min(WORKER_LIMITS.extendAskMs, shortestMs / 2) }).then(
      ({ verdicts }) => this.#settle(grants, verdicts, sentAt),
      (error) => this.#failed(shortened, failures + 1, error),
    );
  }

  #failed(grants: readonly Grant[], failures: number, error: unknown): void {
    if (this.#stopped) return;
    const { clock, random, log } = this.#options;
    log.warn({ code: codeOf(error), err: error, leases: grants.length }, 'extend failed');
    const undo = clock.after(repeatBackoffMs(random, failures, WORKER_LIMITS.extendRepeat), () => {
      this.#pauses.delete(undo);
      this.#extend(grants, failures);
    });
    this.#pauses.add(undo);
  }

  #settle(grants: readonly Grant[], verdicts: readonly ExtendCode[], sentAt: number): void {
    if (this.#stopped) return;
    for (const { job } of grants) this.#inDoubt.delete(job);
    const having = (code: ExtendCode) =>
      grants.flatMap(({ job }, at) => (verdicts[at] === code ? [{ job, endAt: endOf(sentAt, job.leaseMs) }] : []));
    const untold = verdicts.length === 0 ? grants.filter(({ job }) => neverEnds(job.leaseMs)) : [];
    this.#options.settled(having('OK'), having('CANCEL'), untold);
  }
}

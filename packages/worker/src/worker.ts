import type { LeasedJob } from '@tiercel/protocol';
import { type Grant, neverEnds } from './grant.js';
import { heldBatch } from './held-batch.js';
import { Intake } from './intake.js';
import type { Keeper } from './keeper.js';
import { handedBack, NOT_STOPPED, type Outcome, outcomeOf, type Verdict } from './outcome.js';
import { Report, type WorkerCounters } from './report.js';
import { Runner } from './runner.js';
import { type Settled, Settler } from './settler.js';
import { Slot } from './slot.js';
import { Slots } from './slots.js';
import { SuspectPlace } from './suspect.js';
import { oncePerTurn } from './turn.js';
import { within } from './within.js';
import { WORKER_LIMITS } from './worker-limits.js';
import { type WorkerOptions, withDefaults } from './worker-options.js';

export interface Worker {
  readonly counters: Readonly<WorkerCounters>;
  /** Jobs that run now. */
  readonly running: number;
  /** Throws what the keeper's connection throws. */
  start(): Promise<void>;
  /**
   * Takes no more, lets jobs finish for `deadlineMs` (`drainMs` by default), asks the rest to stop, and after the grace
   * releases them unspent. Keeping leases stops last. A second call waits for no handler.
   */
  drain(deadlineMs?: number): Promise<void>;
  /** A drain that asks jobs to stop at once. */
  stop(): Promise<void>;
  /** Ends at once and settles nothing: leases run out by themselves, but for those that never end; they wait for brokers to hear of it. */
  kill(): Promise<void>;
}

/** sysexits.h's EX_SOFTWARE: what a supervisor sees of a worker that gave itself up. */
const EXIT_STUCK = 70;

/** Of a run that was rejected. None should be; if one is, that costs its job an attempt and not the worker its life. */
const NO_VERDICT: Verdict = { ended: 'threw', reason: 'NO_VERDICT: the run itself failed', permanent: false };

/** Throws BAD_OPTION. */
export function createWorker(options: WorkerOptions): Worker {
  return new JobWorker(options);
}

class JobWorker implements Worker {
  readonly #options: ReturnType<typeof withDefaults>;
  readonly #intake: Intake;
  readonly #slots: Slots;
  readonly #settler: Settler;
  readonly #runner: Runner;
  readonly #report: Report;
  readonly #suspect = new SuspectPlace();
  #keeper: Keeper | undefined;
  #batches = 0;
  #drained: Promise<void> | undefined;
  #killed = false;

  constructor(given: WorkerOptions) {
    const options = withDefaults(given);
    const { clock, graceMs } = options;
    this.#options = options;
    this.#report = new Report(options);
    this.#slots = new Slots({ clock, graceMs, stuck: (slot) => this.#stuck(slot) });
    this.#settler = new Settler({
      ...options,
      carry: (settlements) => this.#intake.carry(settlements),
      settled: (settled) => this.#settled(settled),
    });
    this.#runner = new Runner(options);
    this.#intake = new Intake(options, {
      room: () => this.#room(),
      alone: () => this.#suspect.taken,
      begin: (grants) => this.#begin(grants),
      handBack: (jobs, reason) => this.#handBack(jobs, reason),
      changed: () => this.#level(),
    });
  }

  get counters(): Readonly<WorkerCounters> {
    return this.#report.counters;
  }

  get running(): number {
    return this.#slots.size;
  }

  async start(): Promise<void> {
    this.#keeper ??= this.#options.keeper({
      lost: (key) => this.#lost(key),
      cancel: (key) => this.#cancel(key),
      fault: (error) => this.#keeperGone(error),
    });
    await this.#keeper.ready;
    this.#level();
  }

  drain(deadlineMs: number = this.#options.drainMs): Promise<void> {
    if (this.#drained) this.#slots.abortAll('draining', 0);
    this.#drained ??= this.#drain(deadlineMs);
    return this.#drained;
  }

  stop(): Promise<void> {
    return this.drain(0);
  }

  async kill(): Promise<void> {
    this.#killed = true;
    this.#intake.stop();
    this.#slots.kill();
    this.#settler.stop();
    this.#runner.stop();
    await this.#keeper?.stop();
  }

  async #drain(deadlineMs: number): Promise<void> {
    const { clock, log } = this.#options;
    log.info({ running: this.#slots.size, deadlineMs }, 'drain began');
    const unparked = this.#intake.drain();
    this.#handBackSuspect('DRAINING');
    const undo = clock.after(deadlineMs, () => this.#slots.abortAll('draining'));
    await this.#slots.idle();
    undo();
    await this.#settler.idle();
    await within(clock, WORKER_LIMITS.unparkMs, unparked);
    await this.#settler.idle();
    this.#intake.stop();
    await this.#keeper?.stop();
    this.#slots.kill();
    this.#runner.stop();
    log.info({ ...this.counters }, 'drain ended');
  }

  // ── taking jobs ──

  /**
   * How many more jobs may begin. One that is done but not settled still counts: what a killed worker leaves to be done again is
   * then never more than its concurrency.
   */
  #room(): number {
    if (this.#suspect.taken) return 0;
    return Math.max(0, this.#options.concurrency - this.#slots.size - this.#settler.unsettled);
  }

  /** Once for all that changes in a turn. */
  readonly #level = oncePerTurn(() => {
    if (!this.#drained && !this.#killed) this.#intake.level();
  });

  #begin(grants: readonly Grant[]): void {
    const now: Grant[] = [];
    for (const grant of grants) {
      if (!this.#runner.endangers(grant.job)) now.push(grant);
      else if (this.#suspect.taken) this.#handBack([grant.job], 'RELEASED: the worker takes no jobs now');
      else this.#suspect.wait({ key: this.#keep([grant]), job: grant.job });
    }
    if (now.length > 0) {
      this.#report.begun(now);
      const first = this.#keep(now);
      for (let place = 0; place < now.length; place++) this.#run(first + place, (now[place] as Grant).job);
    }
    this.#beginSuspect();
  }

  /** Returns the key of the first. */
  #keep(grants: readonly Grant[]): number {
    const batch = heldBatch(++this.#batches, grants);
    this.#keeper?.keep(batch);
    return batch.first;
  }

  #run(key: number, job: LeasedJob): void {
    const startedAt = this.#options.clock.monotonic();
    const slot = this.#slots.begin(new Slot(key, job, this.#runner.run(job), startedAt));
    void slot.run.verdict.then(
      (verdict) => this.#ended(slot, verdict),
      () => this.#ended(slot, NO_VERDICT),
    );
  }

  /** A suspect is alone when nothing runs and nothing waits to be settled: what it takes with it is only itself. */
  #beginSuspect(): void {
    if (this.#slots.size > 0 || this.#settler.unsettled > 0) return;
    const suspect = this.#suspect.begin();
    if (!suspect) return;
    this.#report.begun([suspect]);
    this.#run(suspect.key, suspect.job);
  }

  #handBack(jobs: readonly LeasedJob[], reason: string): void {
    // the last first: each goes to the head of its queue
    for (const job of [...jobs].reverse()) this.#settle(job, handedBack(reason));
  }

  // ── ends ──

  #ended(slot: Slot, verdict: Verdict): void {
    if (this.#slots.end(slot)) this.#conclude(slot, verdict);
  }

  /** Its slot is free. */
  #conclude(slot: Slot, verdict: Verdict): void {
    const outcome = outcomeOf(slot.job, verdict, slot.aborted, this.#options.random);
    this.#report.ended(slot, outcome);
    if (outcome) this.#settle(slot.job, outcome, slot.key);
    else this.#keeper?.ended([slot.key]);
    this.#suspect.ended(slot.job);
    this.#beginSuspect();
    this.#level();
  }

  #settle({ tenant, id, token, leaseMs }: LeasedJob, outcome: Outcome, key?: number): void {
    this.#settler.settle({ tenant, id, token, ...outcome }, leaseMs, key);
  }

  #settled(settled: readonly Settled[]): void {
    this.#keeper?.ended(settled.flatMap(({ key }) => (key === undefined ? [] : [key])));
    this.#report.settled(settled);
    this.#beginSuspect();
    this.#level();
  }

  #lost(key: number): void {
    const suspect = this.#suspect.takeBack(key);
    if (suspect && neverEnds(suspect.job.leaseMs)) this.#settle(suspect.job, handedBack('LEASE_LOST: the broker was out of reach'));
    const slot = this.#slots.abort(key, 'lease-lost');
    this.#report.counters.lost += slot && !neverEnds(slot.job.leaseMs) ? 1 : 0; // of one that never ends its settlement tells
    this.#level();
  }

  #cancel(key: number): void {
    this.#handBackSuspect('CANCELLED', key);
    this.#slots.abort(key, 'cancelled');
  }

  #handBackSuspect(reason: string, key?: number): void {
    const suspect = this.#suspect.takeBack(key);
    if (!suspect) return;
    this.#settle(suspect.job, handedBack(reason), suspect.key);
    this.#level();
  }

  /** Its time and its grace are over and it still runs in this process, where nothing can end it. */
  #stuck(slot: Slot): void {
    this.#conclude(slot, NOT_STOPPED);
    if (this.#drained) return;
    this.#report.stuck(slot);
    if (this.#options.onStuck === 'exit') void this.drain(this.#options.graceMs).then(() => this.#exit());
  }

  #keeperGone(error: unknown): void {
    if (this.#killed) return;
    this.#options.log.error({ err: error }, 'lease keeper ended');
    this.#slots.abortAll('lease-lost', 0);
    void this.kill().then(() => this.#exit());
  }

  #exit(): void {
    this.#options.exit?.(EXIT_STUCK);
  }
}

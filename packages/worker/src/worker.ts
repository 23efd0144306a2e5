import type { Clock, Log, Random, Ref } from '@tiercel/actors';
import { type BrokerProtocol, fail, type LeasedJob, LIMITS, type Release } from '@tiercel/protocol';
import type { ChildrenOptions } from './child-pool.js';
import type { Grant } from './grant.js';
import type { HandlerTable } from './handlers.js';
import { heldBatch } from './held-batch.js';
import { Intake } from './intake.js';
import type { Keeper, KeeperFactory } from './keeper.js';
import { handedBack, type Outcome, outcomeOf, type Verdict } from './outcome.js';
import { Runner } from './runner.js';
import { publishSettled } from './settled-channel.js';
import { type Settled, Settler } from './settler.js';
import { Slot } from './slot.js';
import { Slots } from './slots.js';
import { oncePerTurn } from './turn.js';
import { within } from './within.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface WorkerOptions {
  /** Where jobs are reserved and settled. A keeper in a thread of its own has its own way there. */
  readonly broker: Ref<BrokerProtocol>;
  /** In order of preference; `['*']` = every queue. */
  readonly queues: readonly string[];
  /** Under which it holds leases; no other worker has it. */
  readonly owner: string;
  readonly keeper: KeeperFactory;
  readonly handlers: HandlerTable;
  /** Jobs held at once, running or not yet settled, 1 … `LIMITS.batchItems`; 10 by default. */
  readonly concurrency?: number;
  /**
   * Most jobs taken ahead of those that may begin, 0 … `LIMITS.batchItems`; as many as the concurrency by default. Fewer are taken the
   * longer jobs take, and none that would wait for more than half a second.
   */
  readonly ahead?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between asking a handler to stop and the harder end; 5,000 by default. */
  readonly graceMs?: number;
  /** How long `drain` lets jobs finish unless told; 20,000 by default. */
  readonly drainMs?: number;
  /** Where children load the handlers from. Without it there is no process isolation, and a suspect waits until it is alone here. */
  readonly children?: Omit<ChildrenOptions, 'log'>;
  /**
   * What to do when a handler of this process runs on after its time and its grace. `exit`: drain the others and exit with 70, for
   * whoever restarts the process; `abandon` (default): free its slot and go on.
   */
  readonly onStuck?: 'exit' | 'abandon';
  /** Ends the process; called with 70 when a handler is stuck or the keeper is gone. */
  readonly exit?: (code: number) => void;
}

/** What a worker did since its start. */
export interface WorkerCounters {
  started: number;
  acked: number;
  released: number;
  buried: number;
  /** Leases lost, before or at the settling. */
  lost: number;
}

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
  /** Ends at once and settles nothing: leases run out by themselves. */
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

/** A job that may take its process with it: it waits to be, or is, alone in this process. */
interface Suspect {
  readonly key: number;
  readonly job: LeasedJob;
  begun: boolean;
}

class JobWorker implements Worker {
  readonly counters: WorkerCounters = { started: 0, acked: 0, released: 0, buried: 0, lost: 0 };
  readonly #options: WorkerOptions;
  readonly #concurrency: number;
  readonly #intake: Intake;
  readonly #slots: Slots;
  readonly #settler: Settler;
  readonly #runner: Runner;
  #keeper: Keeper | undefined;
  #batches = 0;
  #suspect: Suspect | undefined;
  #drained: Promise<void> | undefined;
  #emptied: (() => void) | undefined;
  #killed = false;

  constructor(options: WorkerOptions) {
    const { concurrency = WORKER_LIMITS.concurrency, ahead = concurrency, graceMs = WORKER_LIMITS.graceMs } = options;
    const { clock, random, log, broker, queues, owner, children, handlers } = options;
    requireCount('concurrency', concurrency, 1);
    requireCount('ahead', ahead, 0);
    if (options.onStuck === 'exit' && !options.exit)
      fail('BAD_OPTION', { option: 'exit', expected: 'a function, since onStuck is exit' });
    this.#options = options;
    this.#concurrency = concurrency;
    this.#slots = new Slots({ clock, graceMs, stuck: (slot) => this.#stuck(slot) });
    this.#settler = new Settler({ broker, clock, random, log, settled: (settled) => this.#settled(settled) });
    this.#runner = new Runner({ handlers, children, log });
    this.#intake = new Intake(
      { broker, queues, owner, clock, random, log, ahead },
      {
        room: () => this.#room(),
        alone: () => this.#suspect !== undefined,
        begin: (grants) => this.#begin(grants),
        handBack: (jobs, reason) => this.#handBack(jobs, reason),
        changed: () => this.#level(),
      },
    );
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

  drain(deadlineMs: number = this.#options.drainMs ?? WORKER_LIMITS.drainMs): Promise<void> {
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
    this.#emptied?.();
    await this.#keeper?.stop();
  }

  async #drain(deadlineMs: number): Promise<void> {
    const { clock, log } = this.#options;
    log.info({ running: this.#slots.size, deadlineMs }, 'drain began');
    const unparked = this.#intake.drain();
    this.#handBackSuspect('DRAINING');
    const undo = clock.after(deadlineMs, () => this.#slots.abortAll('draining'));
    await this.#empty();
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

  #empty(): Promise<void> {
    if (this.#slots.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#emptied = resolve;
    });
  }

  // ── taking jobs ──

  /**
   * How many more jobs may begin. One that is done but not settled still counts: what a killed worker leaves to be done again is
   * then never more than its concurrency.
   */
  #room(): number {
    if (this.#suspect) return 0;
    return Math.max(0, this.#concurrency - this.#slots.size - this.#settler.unsettled);
  }

  /** Once for all that changes in a turn. */
  readonly #level = oncePerTurn(() => {
    if (!this.#drained && !this.#killed) this.#intake.level();
  });

  #begin(grants: readonly Grant[]): void {
    const now: Grant[] = [];
    for (const grant of grants) {
      if (!this.#runner.endangers(grant.job)) now.push(grant);
      else if (this.#suspect) this.#handBack([grant.job], 'RELEASED: the worker takes no jobs now');
      else this.#suspect = { key: this.#keep([grant]), job: grant.job, begun: false };
    }
    if (now.length > 0) {
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
    this.counters.started++;
    const startedAt = this.#options.clock.monotonic();
    const slot = this.#slots.begin(new Slot(key, job, this.#runner.run(job), startedAt));
    void slot.run.verdict.then(
      (verdict) => this.#ended(slot, verdict),
      () => this.#ended(slot, NO_VERDICT),
    );
  }

  /** A suspect is alone when nothing runs and nothing waits to be settled: what it takes with it is only itself. */
  #beginSuspect(): void {
    const suspect = this.#suspect;
    if (!suspect || suspect.begun || this.#slots.size > 0 || this.#settler.unsettled > 0) return;
    suspect.begun = true;
    this.#run(suspect.key, suspect.job);
  }

  #handBack(jobs: readonly LeasedJob[], reason: string): void {
    // the last first: each goes to the head of its queue
    for (const job of [...jobs].reverse()) this.#settle(job, handedBack(reason));
  }

  // ── ends ──

  #ended(slot: Slot, verdict: Verdict): void {
    if (!this.#slots.end(slot)) return;
    const outcome = outcomeOf(slot.job, verdict, slot.aborted, this.#options.random);
    this.#report(slot, outcome);
    if (outcome) this.#settle(slot.job, outcome, slot.key);
    else this.#keeper?.ended([slot.key]);
    this.#freed(slot);
  }

  #freed(slot: Slot): void {
    if (this.#suspect?.job === slot.job) this.#suspect = undefined;
    if (this.#slots.size === 0) this.#emptied?.();
    this.#beginSuspect();
    this.#level();
  }

  #report({ job, startedAt }: Slot, outcome: Outcome | undefined): void {
    const { log, clock } = this.#options;
    const { tenant, queue, name, id: jobId, attempt } = job;
    const facts = { tenant, queue, name, jobId, attempt, tookMs: Math.round(clock.monotonic() - startedAt) };
    if (outcome === undefined) log.warn(facts, 'outcome dropped, lease lost');
    else if (outcome.outcome === 'ack') log.debug(facts, 'job done');
    else if (outcome.outcome === 'bury' || isLast(job, outcome)) log.warn({ ...facts, reason: outcome.reason }, 'job buried');
    else log.info({ ...facts, reason: outcome.reason, delayMs: outcome.delayMs, spend: outcome.spend }, 'job released');
  }

  #settle({ tenant, id, token, leaseMs }: LeasedJob, outcome: Outcome, key?: number): void {
    this.#settler.settle({ tenant, id, token, ...outcome }, leaseMs, key);
  }

  #settled(settled: readonly Settled[]): void {
    for (const { settlement, code } of settled) {
      const { tenant, id: jobId, outcome } = settlement;
      if (code === 'OK' || code === 'OK_ALREADY') this.counters[COUNTED[outcome]]++;
      else {
        this.counters.lost++;
        this.#options.log.warn({ tenant, jobId, outcome, code }, 'lease lost before it was settled');
      }
    }
    this.#keeper?.ended(settled.flatMap(({ key }) => (key === undefined ? [] : [key])));
    publishSettled(settled);
    this.#beginSuspect();
    this.#level();
  }

  #lost(key: number): void {
    if (this.#suspect?.key === key && !this.#suspect.begun) this.#suspect = undefined;
    this.counters.lost += this.#slots.abort(key, 'lease-lost') ? 1 : 0;
    this.#level();
  }

  #cancel(key: number): void {
    if (this.#suspect?.key === key && !this.#suspect.begun) this.#handBackSuspect('CANCELLED');
    this.#slots.abort(key, 'cancelled');
  }

  #handBackSuspect(reason: string): void {
    if (!this.#suspect || this.#suspect.begun) return;
    this.#settle(this.#suspect.job, handedBack(reason), this.#suspect.key);
    this.#suspect = undefined;
    this.#level();
  }

  /** Its time and its grace are over and it still runs in this process, where nothing can end it. */
  #stuck(slot: Slot): void {
    const stopped: Verdict = { ended: 'threw', reason: 'it did not stop', permanent: false };
    const outcome = outcomeOf(slot.job, stopped, slot.aborted, this.#options.random);
    this.#report(slot, outcome);
    if (outcome) this.#settle(slot.job, outcome, slot.key);
    else this.#keeper?.ended([slot.key]);
    this.#freed(slot);
    if (this.#drained) return;
    const { tenant, name, id: jobId } = slot.job;
    const remedy = "let it observe its signal, or give the job isolation: 'process'";
    this.#options.log.error({ tenant, name, jobId, aborted: slot.aborted, remedy }, 'handler did not stop');
    if (this.#options.onStuck === 'exit') void this.drain(this.#options.graceMs ?? WORKER_LIMITS.graceMs).then(() => this.#exit());
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

function requireCount(option: string, got: number, least: number): void {
  if (!Number.isInteger(got) || got < least || got > LIMITS.batchItems)
    fail('BAD_OPTION', { option, expected: `${least} to ${LIMITS.batchItems}`, got });
}

/** Whether a release uses the allowance up, or the last lost lease, so that the job goes to the dead letters. */
const isLast = (job: LeasedJob, { spend, lost }: Release): boolean =>
  (spend && job.attempts > 0 && job.spent + 1 >= job.attempts) || (lost && job.lostLeases + 1 >= LIMITS.lostLeases);

const COUNTED = { ack: 'acked', release: 'released', bury: 'buried' } as const;

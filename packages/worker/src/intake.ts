import type { LeasedJob, SettleCode, Settlement } from '@tiercel/protocol';
import { Alarm } from './alarm.js';
import { Doubts } from './doubts.js';
import { endOf, type Grant, isDoubtful } from './grant.js';
import { Pace } from './pace.js';
import { Reserver, type ReserverOptions } from './reserver.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface IntakeOptions extends ReserverOptions {
  /** Most jobs that may wait here to be begun. */
  readonly ahead: number;
}

export interface IntakeHooks {
  /** How many more jobs may begin now. */
  room(): number;
  /** Whether a job is alone here, or waits to be: nothing is taken to wait behind it. */
  alone(): boolean;
  begin(grants: readonly Grant[]): void;
  /** To be released unspent. */
  handBack(jobs: readonly LeasedJob[], reason: string): void;
  /** More may begin than before. */
  changed(): void;
}

interface Waiting extends Grant {
  /** When it goes back to where others find it. */
  readonly backAt: number;
}

/**
 * Takes jobs in: asks for as many as may begin, and a few ahead of that, so that a worker whose jobs are short has the next at hand
 * while the last are settled. How many is told by its pace; slow jobs have none waiting behind them. What waits has had no sign of
 * life, so its delivery lease is all it has, and after `aheadMs` it goes back to where others find it.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #hooks: IntakeHooks;
  readonly #reserver: Reserver;
  readonly #doubts: Doubts;
  readonly #pace: Pace;
  readonly #alarm: Alarm;
  #waiting: Waiting[] = [];
  /** Told to the reserver and not delivered. */
  #asked = 0;
  #closed = false;

  constructor(options: IntakeOptions, hooks: IntakeHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#reserver = new Reserver(options, (jobs, sentAt, leaseMs) => this.#take(jobs, sentAt, leaseMs));
    this.#pace = new Pace(options.clock);
    this.#alarm = new Alarm(options.clock, (now) => this.#handBackOld(now));
    this.#doubts = new Doubts({ ...options, settled: (...doubted) => this.#doubted(...doubted) });
  }

  /** Begins what may begin, then asks for more, or for less. */
  level(): void {
    if (this.#closed) return;
    const room = this.#room();
    if (room > 0 && this.#waiting.length > 0) this.#begin(this.#waiting.splice(0, room));
    const more = Math.max(0, this.#room() + this.#ahead() - this.#waiting.length) - this.#asked;
    if (more === 0) return;
    this.#asked += more;
    this.#reserver.demand(more);
  }

  /** See {@link Reserver.carry}. */
  carry(settlements: readonly Settlement[]): Promise<readonly SettleCode[]> | undefined {
    return this.#reserver.carry(settlements);
  }

  /** Takes no more and hands back what has not begun. Resolves when no reserve is under way and what it brought is handed back. */
  async drain(): Promise<void> {
    this.#closed = true;
    this.#handBack([...this.#doubts.stop(), ...jobsOf(this.#waiting.splice(0))]);
    await this.#reserver.drain();
  }

  stop(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#reserver.stop();
    this.#doubts.stop();
    this.#alarm.stop();
  }

  #room(): number {
    return Math.max(0, this.#hooks.room() - this.#doubts.size);
  }

  #ahead(): number {
    return this.#hooks.alone() ? 0 : Math.min(this.#options.ahead, this.#pace.within(WORKER_LIMITS.aheadForMs));
  }

  #take(jobs: readonly LeasedJob[], sentAt: number, deliveryLeaseMs: number): void {
    const { clock, log } = this.#options;
    const now = clock.monotonic();
    const endAt = endOf(sentAt, deliveryLeaseMs);
    const backAt = now + WORKER_LIMITS.aheadMostMs;
    this.#asked -= jobs.length;
    if (endAt <= now) log.warn({ jobs: jobs.length, tookMs: now - sentAt }, 'jobs came after their delivery lease');
    else for (const job of jobs) this.#waiting.push({ job, endAt, backAt });
    if (this.#closed) this.#handBack(jobsOf(this.#waiting.splice(0)));
    else this.level();
    if (this.#waiting.length > 0) this.#alarm.by(backAt);
  }

  /** Jobs whose delivery lease is over meanwhile are another's. */
  #begin(grants: readonly Grant[]): void {
    const now = this.#options.clock.monotonic();
    const sure = grants.filter(({ job, endAt }) => endAt > now && !isDoubtful(job));
    const doubtful = grants.filter(({ job, endAt }) => endAt > now && isDoubtful(job));
    this.#pace.begun(grants.length);
    if (doubtful.length > 0) this.#doubts.add(doubtful);
    if (sure.length > 0) this.#hooks.begin(sure);
  }

  #doubted(alive: readonly Grant[], cancelled: readonly Grant[], untold: readonly Grant[]): void {
    this.#handBack(jobsOf(untold));
    if (cancelled.length > 0) this.#hooks.handBack(jobsOf(cancelled), 'CANCELLED');
    if (alive.length > 0) this.#hooks.begin(alive);
    this.#hooks.changed();
  }

  #handBackOld(now: number): void {
    const count = this.#waiting.findIndex(({ backAt }) => backAt > now);
    const old = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
    const [next] = this.#waiting;
    if (next) this.#alarm.by(next.backAt);
    if (old.length === 0) return;
    this.#pace.reset();
    this.#handBack(jobsOf(old));
    this.#hooks.changed();
  }

  #handBack(jobs: readonly LeasedJob[]): void {
    if (jobs.length > 0) this.#hooks.handBack(jobs, 'RELEASED: the worker takes no jobs now');
  }
}

const jobsOf = (grants: readonly Grant[]): LeasedJob[] => grants.map(({ job }) => job);

import type { Clock, Log, Random } from '@tiercel/actors';
import type { LeasedJob, SettleCode, Settlement } from '@tiercel/protocol';
import type { AbortCause } from './abort.js';
import type { Handler, HandlerTable } from './handlers.js';
import { buried, NOT_STOPPED, type Outcome, outcomeOf, type Verdict } from './outcome.js';
import { Report } from './report.js';
import { Runner } from './runner.js';
import type { Worker } from './worker.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface CallerWorkerOptions {
  readonly handlers: HandlerTable;
  readonly settle: (settlement: Settlement) => Promise<SettleCode>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between asking a handler to stop and giving it up; 5,000 by default. */
  readonly graceMs?: number;
}

/**
 * A worker that is handed its jobs and performs them in the caller, for tests: one attempt a call, settled before the call returns, and
 * nothing waits for a backoff. Nobody keeps leases, so they must be long; a handler does not hear of a cancel. Throws BAD_OPTION.
 */
export class CallerWorker implements Worker {
  readonly #options: CallerWorkerOptions;
  readonly #runner: Runner;
  readonly #report: Report;
  readonly #runs = new Set<Promise<void>>();

  constructor(options: CallerWorkerOptions) {
    this.#options = options;
    this.#runner = new Runner({ handlers: told(options.handlers), log: options.log });
    this.#report = new Report(options);
  }

  get counters() {
    return this.#report.counters;
  }

  get running(): number {
    return this.#runs.size;
  }

  /** Throws what `settle` throws; whatever the handler does is settled. */
  perform(job: LeasedJob): Promise<void> {
    const run = this.#perform(job).finally(() => this.#runs.delete(run));
    this.#runs.add(run);
    return run;
  }

  async start(): Promise<void> {}

  /** Waits for what runs, each for its timeout and the grace at most. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#runs);
  }

  stop(): Promise<void> {
    return this.drain();
  }

  async kill(): Promise<void> {}

  async #perform(job: LeasedJob): Promise<void> {
    const { tenant, id, token } = job;
    const startedAt = this.#options.clock.monotonic();
    this.#report.begun([{ job }]);
    const outcome = atOnce(job, await this.#run(job));
    this.#report.ended({ job, startedAt }, outcome);
    const settlement: Settlement = { tenant, id, token, ...outcome };
    const since = this.#options.clock.monotonic();
    this.#report.settled([{ settlement, key: undefined, since, code: await this.#options.settle(settlement) }]);
  }

  async #run(job: LeasedJob): Promise<Outcome> {
    const { clock, random, graceMs = WORKER_LIMITS.graceMs } = this.#options;
    const run = this.#runner.run(job);
    let aborted: AbortCause | undefined;
    const undoTimeout = clock.after(job.timeoutMs, () => {
      aborted = 'timeout';
      run.abort(aborted);
    });
    let undoGrace = () => {};
    const stuck = new Promise<Verdict>((resolve) => {
      undoGrace = clock.after(job.timeoutMs + graceMs, () => resolve(NOT_STOPPED));
    });
    const verdict = await Promise.race([run.verdict, stuck]);
    undoTimeout();
    undoGrace();
    return outcomeOf(job, verdict, aborted, random) as Outcome; // there is one unless a lease was lost
  }
}

/** A job without a limit of attempts that always fails would never end. */
function atOnce({ attempts, spent }: LeasedJob, outcome: Outcome): Outcome {
  if (outcome.outcome !== 'release') return outcome;
  const isLast = attempts === 0 && spent + 1 >= WORKER_LIMITS.attemptsInCaller;
  return isLast ? buried(outcome.reason) : { ...outcome, delayMs: 0 };
}

/** The same handlers; what they throw is logged as it is, since a settlement keeps no more than a line of it. */
const told = (handlers: HandlerTable): HandlerTable => new Map(Array.from(handlers, ([name, handler]) => [name, toldOf(handler)]));

const toldOf = (handler: Handler): Handler => ({
  ...handler,
  run: async (input) => {
    try {
      return await handler.run(input);
    } catch (err) {
      input.log.warn({ err }, 'handler threw');
      throw err;
    }
  },
});

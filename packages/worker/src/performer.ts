import type { Clock, Log, Random } from '@tiercel/actors';
import type { LeasedJob } from '@tiercel/protocol';
import type { ChildrenOptions } from './child-pool.js';
import type { HandlerTable } from './handlers.js';
import { NOT_STOPPED, type Outcome, outcomeOf, type Verdict } from './outcome.js';
import { Runner } from './runner.js';
import { Slot } from './slot.js';
import { Slots } from './slots.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface PerformerOptions {
  readonly handlers: HandlerTable;
  /** Where children load the handlers from. Without it there is no process isolation. */
  readonly children?: Omit<ChildrenOptions, 'log'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between asking a handler to stop and the harder end; 5,000 by default. */
  readonly graceMs?: number;
}

/** A job under way. */
export interface Performing {
  /** Never rejects. `undefined` when the job is somebody else's by now. */
  readonly outcome: Promise<Outcome | undefined>;
  /** Asks the handler to stop, since the job is somebody else's; after the grace it is killed where it can be. */
  lost(): void;
}

/**
 * Performs jobs that no broker leased, as a worker does: where each is to run, for as long as it may, and with all that it started gone
 * when it is killed. How a job ended is for the caller to carry out. Throws BAD_OPTION.
 */
export class Performer {
  readonly #options: PerformerOptions;
  readonly #runner: Runner;
  readonly #slots: Slots;
  readonly #ends = new Map<number, (outcome: Outcome | undefined) => void>();
  #performed = 0;

  constructor(options: PerformerOptions) {
    const { clock, graceMs = WORKER_LIMITS.graceMs } = options;
    this.#options = options;
    this.#runner = new Runner(options);
    this.#slots = new Slots({ clock, graceMs, stuck: (slot) => this.#conclude(slot, NOT_STOPPED) });
  }

  perform(job: LeasedJob): Performing {
    const key = ++this.#performed;
    const slot = this.#slots.begin(new Slot(key, job, this.#runner.run(job), this.#options.clock.monotonic()));
    const outcome = new Promise<Outcome | undefined>((resolve) => this.#ends.set(key, resolve));
    void slot.run.verdict.then((verdict) => {
      if (this.#slots.end(slot)) this.#conclude(slot, verdict);
    });
    return { outcome, lost: () => void this.#slots.abort(key, 'lease-lost') };
  }

  /** Asks what runs to stop, since this process ends. */
  drain(): void {
    this.#slots.abortAll('draining');
  }

  /** Kills what runs, and the children that wait for more. */
  stop(): void {
    this.#slots.kill();
    this.#runner.stop();
  }

  #conclude(slot: Slot, verdict: Verdict): void {
    this.#ends.get(slot.key)?.(outcomeOf(slot.job, verdict, slot.aborted, this.#options.random));
    this.#ends.delete(slot.key);
  }
}

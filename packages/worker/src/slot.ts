import type { LeasedJob } from '@tiercel/protocol';
import type { AbortCause } from './abort.js';
import type { Verdict } from './outcome.js';

/** A handler under way, in this process or in a child. */
export interface Run {
  /** Never rejects. */
  readonly verdict: Promise<Verdict>;
  abort(cause: AbortCause): void;
  /** Ends it without asking. Absent where that is impossible: in this very process. */
  kill?(): void;
}

/** One place for a job that runs. Times are monotonic milliseconds. */
export class Slot {
  /** By which its lease is known to the keeper. */
  readonly key: number;
  readonly job: LeasedJob;
  readonly run: Run;
  readonly startedAt: number;
  /** When something must be done about it next: its time is up, or its grace. */
  limitAt: number;
  #aborted: AbortCause | undefined;

  constructor(key: number, job: LeasedJob, run: Run, startedAt: number) {
    this.key = key;
    this.job = job;
    this.run = run;
    this.startedAt = startedAt;
    this.limitAt = this.timeoutAt;
  }

  get timeoutAt(): number {
    return this.startedAt + this.job.timeoutMs;
  }

  /** Why it was asked to stop. */
  get aborted(): AbortCause | undefined {
    return this.#aborted;
  }

  /** Asks it to stop, until `limitAt` at most. The first cause stands, but for a lost lease: then nothing may be settled. */
  abort(cause: AbortCause, limitAt: number): void {
    this.limitAt = Math.min(this.limitAt, limitAt);
    if (this.#aborted === undefined) {
      this.#aborted = cause;
      this.limitAt = limitAt;
      this.run.abort(cause);
    } else if (cause === 'lease-lost') this.#aborted = cause;
  }
}

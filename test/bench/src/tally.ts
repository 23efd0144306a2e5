import { every, fromNs, nowMs } from './clock.js';
import type { JobData, Watch } from './contestant.js';
import { JOBS_MOST } from './job-data.js';

/** Counts at which the time is kept; what is waited for is a multiple of it. */
export const GRAIN = 100;
const LOOK_MS = 250;

/** What a worker's process counted since it started. */
export interface Counts {
  /** Calls of the handler. */
  readonly started: number;
  /** Jobs whose handler was called at least once. */
  readonly distinct: number;
  readonly acked: number;
}

/** Milliseconds from the enqueue call, one figure a job. */
export interface Latencies {
  readonly start: readonly number[];
  readonly ack: readonly number[];
}

interface Waiter {
  readonly jobs: number;
  reached(): void;
}

/** Counts and times the jobs of a worker's process. A job is finished when its handler was called and it is acknowledged. */
export class Tally implements Watch {
  /** Whether latencies are kept: then `acked` needs the job's data. */
  timing = false;
  readonly #seen = new Uint8Array(JOBS_MOST + 1);
  readonly #times: number[] = [nowMs()];
  #started = 0;
  #distinct = 0;
  #last = 0;
  #acked = 0;
  #start: number[] = [];
  #ack: number[] = [];
  #waiters: Waiter[] = [];

  started(data: JobData): void {
    this.#started++;
    if (this.#seen[data.n] === 0) {
      this.#seen[data.n] = 1;
      this.#distinct++;
      if (data.n > this.#last) this.#last = data.n;
    }
    if (this.timing) this.#start.push(nowMs() - fromNs(data.at));
  }

  acked(data?: JobData): void {
    this.#acked++;
    if (this.timing && data !== undefined) this.#ack.push(nowMs() - fromNs(data.at));
    if (this.#finished >= this.#times.length * GRAIN) this.#passMarks();
  }

  get counts(): Counts {
    return { started: this.#started, distinct: this.#distinct, acked: this.#acked };
  }

  /** When the count of finished jobs reached `jobs`. Throws when it stands still for `stallMs` before. */
  async reached(jobs: number, stallMs: number): Promise<number> {
    if (jobs % GRAIN !== 0) throw new Error(`the time is kept at multiples of ${GRAIN}, and ${jobs} is none`);
    if (this.#finished < jobs) await this.#wait(jobs, stallMs);
    return this.#times[jobs / GRAIN] as number;
  }

  /** Starts keeping latencies. */
  time(): void {
    this.timing = true;
  }

  /** A byte for each job up to the last, 1 for one that was performed; as base64. */
  get seen(): string {
    return Buffer.from(this.#seen.subarray(0, this.#last + 1)).toString('base64');
  }

  get latencies(): Latencies {
    return { start: this.#start, ack: this.#ack };
  }

  get #finished(): number {
    return Math.min(this.#distinct, this.#acked);
  }

  #passMarks(): void {
    const now = nowMs();
    while (this.#times.length * GRAIN <= this.#finished) this.#times.push(now);
    const due = this.#waiters.filter(({ jobs }) => jobs <= this.#finished);
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.reached();
  }

  #wait(jobs: number, stallMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.#watchStall(stallMs, () => reject(new Error(this.#standstill(jobs, stallMs))));
      const reached = () => {
        stop();
        resolve();
      };
      this.#waiters.push({ jobs, reached });
    });
  }

  #watchStall(stallMs: number, stalled: () => void): () => void {
    let last = { moved: -1, atMs: nowMs() };
    const stop = every(LOOK_MS, () => {
      const moved = this.#started + this.#acked;
      if (moved !== last.moved) last = { moved, atMs: nowMs() };
      else if (nowMs() - last.atMs >= stallMs) {
        stop();
        stalled();
      }
    });
    return stop;
  }

  #standstill(jobs: number, stallMs: number): string {
    const { started, distinct, acked } = this.counts;
    return `jobs were lost: of ${jobs} ${distinct} were performed (${started} calls) and ${acked} acknowledged, and for ${stallMs} ms no more came`;
  }
}

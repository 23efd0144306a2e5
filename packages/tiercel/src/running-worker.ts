import type { Worker, WorkerCounters } from '@tiercel/worker';

/** A worker that performs jobs until it is closed. */
export class RunningWorker {
  readonly #worker: Worker;
  readonly #leaving: () => void;

  /** `leaving` is called before it is drained. */
  constructor(worker: Worker, leaving: () => void) {
    this.#worker = worker;
    this.#leaving = leaving;
  }

  get counters(): Readonly<WorkerCounters> {
    return this.#worker.counters;
  }

  /** Jobs that run now. */
  get running(): number {
    return this.#worker.running;
  }

  /** Takes no more, lets jobs finish for `deadlineMs` (20 s by default), releases the rest unspent. */
  close(deadlineMs?: number): Promise<void> {
    this.#leaving();
    return this.#worker.drain(deadlineMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

import type { Worker, WorkerCounters } from '@tiercel/worker';

/** A worker that performs jobs until it is closed. */
export class RunningWorker {
  /** Under which it holds leases. */
  readonly owner: string;
  readonly #worker: Worker;
  readonly #leaving: () => void;

  /** `leaving` is called before it is drained. */
  constructor(worker: Worker, owner: string, leaving: () => void) {
    this.#worker = worker;
    this.owner = owner;
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

  /** Ends at once, as in a crash: what it was performing is settled by nobody, and comes back when its lease ends. */
  kill(): Promise<void> {
    this.#leaving();
    return this.#worker.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

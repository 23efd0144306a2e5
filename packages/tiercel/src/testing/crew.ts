import type { Job } from '../define-job.js';
import type { RunningWorker } from '../running-worker.js';
import type { WorkOptions } from '../tiercel.js';
import type { Run } from './run.js';
import type { World } from './world.js';

/** Starts a worker. */
export type Hire = (jobs: readonly Job[], options: WorkOptions) => Promise<RunningWorker>;

/** A worker, and after each crash another one in its place. */
export class Crew {
  readonly #world: World;
  readonly #hire: Hire;
  readonly #jobs: readonly Job[];
  readonly #options: WorkOptions;
  /** Kinds after whose next run it crashes. */
  readonly #doomed: Set<string>;
  #runs = new Set<Run>();
  #worker: RunningWorker | undefined;

  constructor(world: World, hire: Hire, jobs: readonly Job[], options: WorkOptions, doomed: Set<string>) {
    this.#world = world;
    this.#hire = hire;
    this.#options = options;
    this.#doomed = doomed;
    // what asks for a process of its own is performed here as well: a test has the handler at hand, not its file
    this.#jobs = jobs.map((job) => ({ ...job, isolation: 'inline', handler: (input) => this.#perform(job, input) }));
  }

  async start(): Promise<RunningWorker> {
    this.#worker = await this.#hire(this.#jobs, this.#options);
    return this.#worker;
  }

  /** Settles nothing. Brokers hear of it at once, as a supervisor would tell them. */
  async crash(): Promise<void> {
    const { runs } = this.#world;
    runs.lose(this.#runs);
    this.#runs = new Set();
    await this.#worker?.kill();
    this.#world.tellGone(this.#worker?.owner ?? '', 'CRASHED');
    await this.start();
  }

  async #perform(job: Job, input: Parameters<Job['handler']>[0]): Promise<unknown> {
    const run = this.#world.runs.begin(input);
    this.#runs.add(run);
    try {
      const value = await this.#world.runs.perform(run, () => job.handler(input));
      if (!this.#doomed.delete(job.name)) return value;
    } finally {
      this.#runs.delete(run);
    }
    await this.crash();
    return new Promise(() => {}); // its process is gone
  }
}

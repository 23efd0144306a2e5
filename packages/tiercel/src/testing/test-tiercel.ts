import type { Duration } from '@tiercel/protocol';
import type { Job } from '../define-job.js';
import type { RunningWorker } from '../running-worker.js';
import { Tiercel, type WorkOptions } from '../tiercel.js';
import { Crew } from './crew.js';
import { runLine } from './run.js';
import { deadLine, findJobs, type TestJob, type TestJobQuery } from './test-jobs.js';
import { isWanted, requireFound, type WantedDead, type WantedEnqueued, type WantedPerformed } from './wanted.js';
import { World, type WorldOptions } from './world.js';

export interface TestOptions extends WorldOptions, WorkOptions {}

/**
 * An installation in memory and in virtual time, and a worker that performs `jobs`. The broker, the client, the worker and the storage are
 * those of an embedded installation. Use `await using`, or close it. Throws BAD_OPTION.
 */
export async function testTiercel(jobs: readonly Job<never>[] | readonly Job[], options: TestOptions = {}): Promise<TestTiercel> {
  const { tenant, concurrency, graceMs, ...rest } = options;
  const tiercel = new TestTiercel(await World.open(rest));
  await tiercel.work(jobs, {
    ...(tenant === undefined ? {} : { tenant }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  return tiercel;
}

/**
 * A {@link Tiercel} whose time stands still until it is told to pass. Meanwhile nothing is performed, and all else answers at once.
 * Assertions throw an AssertionError of `node:assert` that lists what there is instead.
 */
export class TestTiercel extends Tiercel {
  readonly #world: World;
  readonly #crews: Crew[] = [];
  readonly #doomed = new Set<string>();
  #dead: readonly TestJob[] = [];
  #closing: Promise<void> | undefined;

  /** Made by {@link testTiercel}. */
  constructor(world: World) {
    super(world.wiring, world.parts);
    this.#world = world;
  }

  /** Virtual time. */
  now(): Date {
    return new Date(this.#world.now());
  }

  /** Performs what is ready, and what follows from it, without any time passing. Throws HANDLER_RUNS, KEEPS_COMING and TIME_PASSES. */
  settle(): Promise<void> {
    return this.advance(0);
  }

  /**
   * Lets time pass, at most 366 days: everything that is due happens when it is due, retries and timeouts included. Throws HANDLER_RUNS,
   * KEEPS_COMING, TIME_PASSES and BAD_OPTION.
   */
  async advance(duration: Duration): Promise<void> {
    await this.#world.advance(duration);
    await this.deadLetters();
  }

  /**
   * Lets as much time pass as it takes until no job is scheduled, running or can be performed. What nobody performs, or is paused, stays
   * ready. Throws HANDLER_RUNS, KEEPS_COMING and TIME_PASSES.
   */
  async drain(): Promise<void> {
    await this.#world.drain();
    await this.deadLetters();
  }

  /** Every worker dies as it is: what runs is settled by nobody, and performed again by the worker that takes its place. Handlers cannot be stopped; what they still do counts for nothing. */
  async crash(): Promise<void> {
    for (const crew of this.#crews) await crew.crash();
  }

  /** The next time a handler of this kind has returned its worker crashes before it can tell, so that the job is performed twice. */
  crashAfter(job: Job<never> | Job): void {
    this.#doomed.add(job.name);
  }

  /** Jobs of all tenants spoken for here, in the order in which they were enqueued. */
  jobs(query: TestJobQuery = {}): Promise<TestJob[]> {
    const { store, book, tenants } = this.#world;
    return findJobs(store, book, tenants, query);
  }

  async deadLetters(query: Omit<TestJobQuery, 'state'> = {}): Promise<TestJob[]> {
    this.#dead = await this.jobs({ state: 'dead' });
    const { queue, name, tenant } = query;
    const is = (wanted: string | undefined, got: string) => wanted === undefined || wanted === got;
    return this.#dead.filter((job) => is(queue, job.queue) && is(name, job.name) && is(tenant, job.tenant));
  }

  /** That a job was enqueued, whatever became of it. */
  expectEnqueued<Data>(job: Job<Data>, wanted: WantedEnqueued<NoInfer<Data>> = {}): void {
    this.#requireEnqueued(job, wanted, this.expectEnqueued);
  }

  expectNotEnqueued<Data>(job: Job<Data>, wanted: Omit<WantedEnqueued<NoInfer<Data>>, 'times'> = {}): void {
    this.#requireEnqueued(job, { ...wanted, times: 0 }, this.expectNotEnqueued);
  }

  /** That a handler returned; `times` counts it each time it did. */
  expectPerformed<Data>(job: Job<Data>, wanted: WantedPerformed<NoInfer<Data>> = {}): void {
    const { runs, book } = this.#world;
    const found = runs.all.filter(({ end, input }) => {
      const entry = end === 'returned' ? book.find(input) : undefined;
      return entry !== undefined && isWanted(job, wanted, entry);
    });
    const instead = ofKind(runs.all, job, ({ input }) => input.name).map(runLine);
    requireFound({ job, wanted, found: found.length, deed: 'been performed', instead, caller: this.expectPerformed });
  }

  /** That a job is a dead letter, as of the last time that time passed. */
  expectDead<Data>(job: Job<Data>, wanted: WantedDead<NoInfer<Data>> = {}): void {
    const { book } = this.#world;
    const found = this.#dead.filter((dead) => {
      const entry = book.find(dead);
      return entry !== undefined && isWanted(job, wanted, entry) && hasReason(wanted.reason, dead.reason);
    });
    const instead = ofKind(this.#dead, job, ({ name }) => name).map(deadLine);
    requireFound({ job, wanted, found: found.length, deed: 'died', instead, caller: this.expectDead });
  }

  override async work(jobs: readonly Job<never>[] | readonly Job[], options: WorkOptions = {}): Promise<RunningWorker> {
    const hire = (wrapped: readonly Job[], given: WorkOptions) => super.work(wrapped, given);
    const crew = new Crew(this.#world, hire, jobs as readonly Job[], options, this.#doomed);
    this.#crews.push(crew);
    return crew.start();
  }

  /** Drains the workers, in virtual time; handlers that still run are asked to stop. */
  override close(): Promise<void> {
    this.#closing ??= this.#world.passUntil(super.close());
    return this.#closing;
  }

  #requireEnqueued<Data>(job: Job<Data>, wanted: WantedEnqueued<Data>, caller: (...given: never[]) => unknown): void {
    const { entries } = this.#world.book;
    const found = entries.filter((entry) => isWanted(job, wanted, entry)).length;
    requireFound({ job, wanted, found, deed: 'been enqueued', instead: ofKind(entries, job, ({ name }) => name), caller });
  }
}

/** Those of the kind that was looked for, or all when there are none. */
function ofKind<T>(all: readonly T[], { name }: Job, nameOfOne: (one: T) => string): readonly T[] {
  const same = all.filter((one) => nameOfOne(one) === name);
  return same.length > 0 ? same : all;
}

const hasReason = (wanted: string | RegExp | undefined, reason: string): boolean =>
  wanted === undefined || (typeof wanted === 'string' ? reason.includes(wanted) : wanted.test(reason));

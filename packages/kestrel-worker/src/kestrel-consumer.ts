import { type Clock, type Log, type Random, uuidV7 } from '@tiercel/actors';
import type { KestrelOptions } from '@tiercel/kestrel';
import { Performer } from '@tiercel/worker';
import { type Allowance, allowanceOf } from './allowance.js';
import { CONSUME_LIMITS } from './consume-limits.js';
import { type Item, readItem } from './item.js';
import { jobOf } from './job-of.js';
import { Link } from './link.js';
import { type OpenRead, openRead } from './open-read.js';
import { Outage } from './outage.js';
import { queueNames } from './queue-names.js';
import { Rest } from './rest.js';
import { Retries } from './retries.js';
import { Settler } from './settler.js';
import type { Work } from './work.js';

export interface KestrelConsumerOptions {
  readonly server: Omit<KestrelOptions, 'clock'>;
  /** As the server calls it. */
  readonly queue: string;
  readonly work: Work;
  /** Goes before what the definition of a job says. */
  readonly allowance?: Partial<Allowance>;
  /** Ends after so many jobs, done or failed; 0, the default: never. */
  readonly maxJobs?: number;
  readonly graceMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** There was nothing to do. */
  readonly empty?: () => void;
  /** One more job was performed, done or failed. */
  readonly performed?: (count: number) => void;
}

/** Performs the jobs of one queue, one after the other. */
export class KestrelConsumer {
  readonly #options: KestrelConsumerOptions;
  readonly #links: readonly Link[];
  readonly #reads: Link;
  readonly #outage: Outage;
  readonly #rest: Rest;
  readonly #retries: Retries;
  readonly #settler: Settler;
  readonly #performer: Performer;
  #running: Promise<void> | undefined;
  #count = 0;
  /** The last job was one that had failed before; the queue is next. */
  #retried = false;
  /** Reads in a row that came back empty without having waited. */
  #unwaited = 0;

  constructor(options: KestrelConsumerOptions) {
    const { clock, random, log, server, work, queue } = options;
    const link = () => new Link({ itemBytes: CONSUME_LIMITS.itemBytes, ...server, clock });
    const [reads, retryReads, writes] = [link(), link(), link()];
    const names = queueNames(queue);
    this.#options = options;
    this.#links = [reads, retryReads, writes];
    this.#reads = reads;
    this.#rest = new Rest(clock);
    this.#outage = new Outage({ server: `${server.host}:${server.port}`, clock, random, log });
    this.#retries = new Retries({ queue: names.errors, reads: retryReads, writes, clock });
    const failed = (delayMs: number) => this.#retries.added(delayMs);
    this.#settler = new Settler({ names, writes, outage: this.#outage, rest: this.#rest, clock, random, log, failed });
    this.#performer = new Performer({
      ...work,
      clock,
      random,
      log,
      ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    });
  }

  /** Whether the server answers. */
  get connected(): boolean {
    return !this.#outage.lasts;
  }

  /** Jobs performed, done or failed. */
  get count(): number {
    return this.#count;
  }

  /** Ends when `maxJobs` were performed, or with the drain. Throws what is no answer of a server. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Takes no more, lets the job that runs finish for `deadlineMs`, asks it to stop, and gives back what is not done. */
  async drain(deadlineMs: number): Promise<void> {
    this.#rest.call();
    const undo = this.#options.clock.after(deadlineMs, () => this.#performer.drain());
    await this.#running?.catch(() => {}); // told to whoever runs it
    undo();
    this.#performer.stop();
    await Promise.all(this.#links.map((link) => link.close()));
  }

  get #over(): boolean {
    const { maxJobs = 0 } = this.#options;
    return this.#rest.called || (maxJobs > 0 && this.#count >= maxJobs);
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      const read = await this.#next();
      if (read) await this.#take(read);
    }
    await this.#retries.stop().catch(() => {}); // a connection that has ended has given it back
  }

  async #next(): Promise<OpenRead | undefined> {
    try {
      const due = this.#retried ? undefined : await this.#retries.due();
      this.#retried = due !== undefined;
      const read = due ?? (await this.#read());
      this.#outage.over();
      return read;
    } catch (error) {
      await this.#rest.take(this.#outage.failed(error));
      return undefined;
    }
  }

  async #read(): Promise<OpenRead | undefined> {
    const { clock, queue, empty } = this.#options;
    const waitMs = Math.ceil(Math.min(CONSUME_LIMITS.readMs, this.#retries.quietMs));
    const since = clock.monotonic();
    const read = await openRead(await this.#reads.connection(), queue, waitMs);
    if (read) this.#unwaited = 0;
    else {
      if (waitMs > 0) empty?.();
      await this.#waitInstead(waitMs, clock.monotonic() - since);
    }
    return read;
  }

  /** Some servers answer at once whatever they are asked. */
  async #waitInstead(waitMs: number, waitedMs: number): Promise<void> {
    if (waitedMs >= waitMs / 2) {
      this.#unwaited = 0;
      return;
    }
    const { minMs, maxMs } = CONSUME_LIMITS.unwaited;
    await this.#rest.take(Math.min(waitMs, maxMs, minMs * 2 ** this.#unwaited++));
  }

  async #take(read: OpenRead): Promise<void> {
    if (this.#rest.called) return read.abort().catch(() => {}); // a connection that has ended has given it back
    const item = readItem(read.item);
    if (typeof item === 'string') return this.#settler.quarantine(read, item);
    await this.#perform(read, item);
    this.#options.performed?.(++this.#count);
  }

  async #perform(read: OpenRead, item: Item): Promise<void> {
    const { queue, work, allowance: given = {}, clock, random, log } = this.#options;
    const { instance: tenant, mark } = item;
    const allowance = allowanceOf(given, work.handlers.get(item.name)?.settings);
    const id = mark?.id ?? uuidV7(clock, random);
    const common = { id, tenant, queue, spent: mark?.spent ?? 0, allowance, nowMs: clock.now() };
    const job = jobOf({ ...common, ...work.jobOf(item) });
    const since = clock.monotonic();
    const performing = this.#performer.perform(job);
    const unwatch = this.#watch(read, () => performing.lost());
    const outcome = await performing.outcome;
    unwatch();
    if (outcome?.outcome === 'ack')
      log.debug(
        { tenant, queue, name: item.name, jobId: id, attempt: job.attempt, tookMs: Math.round(clock.monotonic() - since) },
        'job done',
      );
    await this.#settler.settle({ read, item, job, allowance, outcome });
  }

  /** Notices the end of a read whose job runs; the server's own notion of idleness does not end it. */
  #watch(read: OpenRead, lost: () => void): () => void {
    const { clock } = this.#options;
    const sign = () => {
      undo = clock.after(CONSUME_LIMITS.signMs, sign);
      read.sign().catch(() => {}); // then the read is lost, which is heard
    };
    let undo = clock.after(CONSUME_LIMITS.signMs, sign);
    read.lost.addEventListener('abort', lost);
    if (read.lost.aborted) lost();
    return () => {
      undo();
      read.lost.removeEventListener('abort', lost);
    };
  }
}

import type { Random } from '@tiercel/actors';
import { type JobState, type LeasedJob, LIMITS, POOL, type SettleCode, type Settlement } from '@tiercel/protocol';
import { type JobStore, shardOf } from '@tiercel/store';
import { CallerWorker, type CallerWorkerOptions } from '@tiercel/worker';
import { RunningWorker } from './running-worker.js';

/** Who performs which jobs. */
interface Crew {
  /** Or the pool: all tenants. */
  readonly tenant: string;
  readonly queues: readonly string[];
  readonly worker: CallerWorker;
}

/** Pairs looked at in one look at a shard. */
const PAIRS = 1_000;

/** Performs the jobs of a storage where they are enqueued: the caller takes, performs and settles until its own job is done. */
export class Performer {
  readonly #store: JobStore;
  readonly #owner: string;
  readonly #nonce: string;
  readonly #crews = new Set<Crew>();
  /** Jobs under way in some caller, by tenant and id. */
  readonly #running = new Map<string, Promise<void>>();

  constructor({ store, owner, random }: { readonly store: JobStore; readonly owner: string; readonly random: Random }) {
    this.#store = store;
    this.#owner = owner;
    this.#nonce = Buffer.from(random.bytes(4)).toString('hex');
  }

  /** What is ready for this worker is performed before it is answered. Throws BAD_OPTION. */
  async employ(
    { tenant, queues }: Pick<Crew, 'tenant' | 'queues'>,
    options: Omit<CallerWorkerOptions, 'settle'>,
  ): Promise<RunningWorker> {
    const crew: Crew = { tenant, queues, worker: new CallerWorker({ ...options, settle: (ended) => this.#settle(ended) }) };
    this.#crews.add(crew);
    await this.performAll();
    return new RunningWorker(crew.worker, this.#owner, () => this.#crews.delete(crew));
  }

  /** Performs until this job is done, retries included. Returns its state: `ready` when its queue is paused or nobody here performs it. */
  async perform(tenant: string, id: string, state: JobState): Promise<JobState> {
    for (;;) {
      const [job] = await this.#store.find(tenant, [id], { payload: false });
      if (!job) return state; // its retention is over already
      if (job.state !== 'ready' && job.state !== 'leased') return job.state;
      const wentOn = (await this.#performNext(tenant, job.queue)) || (await this.#elsewhere(tenant, id));
      if (!wentOn) return job.state;
    }
  }

  /** Performs until nothing is ready that anybody here performs. */
  async performAll(): Promise<void> {
    for (let shard = 0; shard < this.#store.shards; shard++)
      for (const { tenant, queue } of await this.#store.backlog(shard, { queue: '', limit: PAIRS }))
        while (await this.#performNext(tenant, queue));
  }

  /** Whether there was one. */
  async #performNext(tenant: string, queue: string): Promise<boolean> {
    const run = await this.#take(tenant, queue);
    await run?.over;
    return run !== undefined;
  }

  /** A storage in memory answers in the order in which it was asked: whoever finds nothing to take finds his job among those under way. */
  async #take(tenant: string, queue: string): Promise<{ readonly over: Promise<void> } | undefined> {
    const crew = [...this.#crews].find((each) => [POOL, tenant].includes(each.tenant) && each.queues.includes(queue));
    if (!crew) return undefined;
    const wants = [{ tenant, queue, max: 1 }];
    const bounds = { max: 1, maxBytes: LIMITS.payloadMostBytes, deliveryLeaseMs: LIMITS.leaseMs };
    const shard = shardOf(tenant, this.#store.shards);
    const { jobs } = await this.#store.reserve({ shard, wants, ...bounds, owner: this.#owner, nonce: this.#nonce });
    return jobs[0] && { over: this.#run(crew.worker, jobs[0]) };
  }

  #run(worker: CallerWorker, job: LeasedJob): Promise<void> {
    const key = keyOf(job.tenant, job.id);
    const over = worker.perform(job).finally(() => this.#running.delete(key));
    this.#running.set(key, over);
    return over;
  }

  async #settle(settlement: Settlement): Promise<SettleCode> {
    const [code = 'LEASE_LOST'] = await this.#store.settle([settlement]);
    return code;
  }

  async #elsewhere(tenant: string, id: string): Promise<boolean> {
    const run = this.#running.get(keyOf(tenant, id));
    await run;
    return run !== undefined;
  }
}

const keyOf = (tenant: string, id: string): string => `${tenant} ${id}`;

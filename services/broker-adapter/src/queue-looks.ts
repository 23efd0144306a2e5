import type { Clock, Log } from '@tiercel/actors';
import { type Family, type Gauge, kept, type Metrics, OTHER } from '@tiercel/host';
import type { Counted, Counters, QueueView } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { TenantsSeen } from './tenants-seen.js';

export const LOOKS = {
  /** How old what is told may be before the storage is asked again. */
  freshMs: 10_000,
  /** How long a scrape waits for that; then it tells what was known before. */
  waitMs: 1_000,
  /** Tenants that are asked about, and of them those with series of their own. */
  tenants: 200,
  tenantsLabelled: 50,
  /** Queues of one tenant with series of their own. */
  queues: 20,
  /** Tenants asked about at once. */
  atOnce: 8,
} as const;

const DEPTHS = ['ready', 'scheduled', 'leased', 'dead', 'finished'] as const;
const EVENTS = ['enqueued', 'started', 'succeeded', 'failed', 'retried', 'expired', 'dead', 'cancelled', 'discarded'] as const;

/** What is told of one pair of labels; several queues may share them. */
interface Sum {
  readonly tenant: string;
  readonly queue: string;
  readonly view: Record<(typeof DEPTHS)[number], number>;
  readonly events: Record<(typeof EVENTS)[number], number>;
  oldestMs: number;
}

type Look = readonly [tenant: string, queues: readonly QueueView[], counters: readonly Counted[]];

export interface QueueLooksOptions {
  readonly store: JobStore;
  readonly seen: TenantsSeen;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly log: Log;
}

/**
 * What is in the queues and what happened to their jobs, asked of the storage when somebody looks and kept for a while: the path of a
 * job pays nothing for it. Every broker of an installation tells the same, so whoever adds them up takes the largest.
 */
export function tellQueues(options: QueueLooksOptions): void {
  new QueueLooks(options).begin();
}

class QueueLooks {
  readonly #options: QueueLooksOptions;
  readonly #depth: Family<Gauge>;
  readonly #oldest: Family<Gauge>;
  readonly #events;
  readonly #all;
  readonly #known: Gauge;
  readonly #age: Gauge;
  readonly #labelsOf = kept(LOOKS.tenantsLabelled, (tenant) => ({
    tenant,
    queueOf: tenant === OTHER ? () => OTHER : kept(LOOKS.queues, (queue) => queue),
  }));
  #lookedAt: number | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  constructor(options: QueueLooksOptions) {
    this.#options = options;
    const { metrics } = options;
    const labels = ['tenant', 'queue'];
    this.#depth = metrics.gauge('tiercel_queue_depth', 'Jobs in a queue, by state.', [...labels, 'state']);
    this.#oldest = metrics.gauge(
      'tiercel_queue_oldest_seconds',
      'For how long the longest ready job of a queue has been so.',
      labels,
    );
    this.#events = metrics.counter('tiercel_queue_jobs_total', 'What happened to the jobs of a queue.', [...labels, 'event']);
    this.#all = metrics.counter('tiercel_jobs_total', 'What happened to jobs since the installation was made.', ['event']);
    this.#known = metrics.gauge('tiercel_tenants_known', 'Tenants that this broker knows of.').of();
    this.#age = metrics.gauge('tiercel_queues_age_seconds', 'How old the numbers of queues are; -1 when there are none yet.').of();
  }

  begin(): void {
    this.#options.metrics.before(() => this.#read());
  }

  async #read(): Promise<void> {
    const { clock } = this.#options;
    if (clock.monotonic() - this.#beganAt >= LOOKS.freshMs) this.#underWay ??= this.#look();
    if (this.#underWay) await this.#within(this.#underWay);
    this.#age.set(this.#lookedAt === undefined ? -1 : (clock.monotonic() - this.#lookedAt) / 1_000);
  }

  /** A look goes on after a scrape gave up waiting for it. */
  #within(look: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const undo = this.#options.clock.after(LOOKS.waitMs, resolve);
      void look.then(() => {
        undo();
        resolve();
      });
    });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { clock, log } = this.#options;
    this.#beganAt = clock.monotonic();
    try {
      const [totals, looks] = [await this.#totals(), await this.#lookAtTenants()];
      this.#tell(totals, looks);
      this.#lookedAt = clock.monotonic();
    } catch (err) {
      log.warn({ err }, 'queues not looked at');
    } finally {
      this.#underWay = undefined;
    }
  }

  async #totals(): Promise<readonly Counters[]> {
    const { store } = this.#options;
    if (!store.capabilities.counters) return [];
    return Promise.all(Array.from({ length: store.shards }, (_, shard) => store.totals(shard)));
  }

  async #lookAtTenants(): Promise<readonly Look[]> {
    const { store, seen } = this.#options;
    const { listing, counters } = store.capabilities;
    await this.#discover();
    const tenants = [...seen].slice(0, LOOKS.tenants);
    const looks: Look[] = [];
    while (listing && looks.length < tenants.length) {
      const some = tenants.slice(looks.length, looks.length + LOOKS.atOnce);
      const look = async (tenant: string): Promise<Look> => [
        tenant,
        await store.queues(tenant),
        counters ? await store.counters(tenant) : [],
      ];
      looks.push(...(await Promise.all(some.map(look))));
    }
    return looks;
  }

  /** A broker that has just started finds tenants with ready jobs by their backlog. */
  async #discover(): Promise<void> {
    const { store, seen } = this.#options;
    const shards = Array.from({ length: store.shards }, (_, shard) => store.backlog(shard, { queue: '', limit: LOOKS.tenants }));
    for (const pairs of await Promise.all(shards)) for (const { tenant } of pairs) seen.add(tenant);
  }

  #tell(totals: readonly Counters[], looks: readonly Look[]): void {
    for (const event of EVENTS) this.#all.of(event).set(totals.reduce((sum, each) => sum + each[event], 0));
    this.#known.set(this.#options.seen.size);
    for (const family of [this.#depth, this.#oldest, this.#events]) family.clear();
    for (const { tenant, queue, view, events, oldestMs } of this.#sums(looks)) {
      for (const state of DEPTHS) this.#depth.of(tenant, queue, state).set(view[state]);
      for (const event of EVENTS) this.#events.of(tenant, queue, event).set(events[event]);
      this.#oldest.of(tenant, queue).set(oldestMs / 1_000);
    }
  }

  #sums(looks: readonly Look[]): Iterable<Sum> {
    const sums = new Map<string, Sum>();
    const sumOf = (ofTenant: string, ofQueue: string): Sum => {
      const { tenant, queueOf } = this.#labelsOf(ofTenant);
      const queue = queueOf(ofQueue);
      const key = `${tenant} ${queue}`;
      const sum = sums.get(key) ?? { tenant, queue, view: zeros(DEPTHS), events: zeros(EVENTS), oldestMs: 0 };
      sums.set(key, sum);
      return sum;
    };
    for (const [tenant, queues, counters] of looks) {
      for (const each of queues) {
        const sum = sumOf(tenant, each.queue);
        for (const state of DEPTHS) sum.view[state] += each[state];
        sum.oldestMs = Math.max(sum.oldestMs, each.oldestMs);
      }
      for (const each of counters) {
        const sum = sumOf(tenant, each.queue);
        for (const event of EVENTS) sum.events[event] += each[event];
      }
    }
    return sums.values();
  }
}

const zeros = <K extends string>(keys: readonly K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

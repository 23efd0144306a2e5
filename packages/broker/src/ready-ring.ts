import { shardOf, type Want } from '@tiercel/store';

/** What a broker believes of one tenant's queue: a hint that `left` of the next reserve corrects. */
interface Pair {
  readonly tenant: string;
  readonly queue: string;
  readonly shard: number;
  /** Jobs believed ready; undefined when only "some" is known, and then one reserve at a time finds out. */
  ready: number | undefined;
  /** Reserves planned whose outcome is still to come. */
  underWay: number;
  /** Whether more became ready since the first of those was planned: then it may answer "none left" and be out of date. */
  news: boolean;
  /** Whether anybody said there is work; if not, the pair is remembered only while a reserve finds out. */
  heard: boolean;
}

/** One reserve at the storage: what to take, and from where. */
export interface Plan {
  readonly shard: number;
  readonly wants: Want[];
}

/** Whose jobs a reserve may take. */
export interface Reach {
  /** undefined = every tenant. */
  readonly tenant: string | undefined;
  /** In order of preference; `*` = every queue. */
  readonly queues: readonly string[];
}

/**
 * Which pairs of tenant and queue have ready jobs, each queue's tenants in a ring. A tenant that is planned for goes to the end of
 * its ring, so tenants with ready jobs are served in turn whatever their backlog: round robin, the equal-weight case of deficit
 * round robin (Shreedhar and Varghese, 1995), with jobs as the unit.
 */
export class ReadyRing {
  readonly #shards: number;
  readonly #maxPairs: number;
  readonly #queues = new Map<string, Map<string, Pair>>();
  #size = 0;

  constructor(shards: number, maxPairs: number) {
    this.#shards = shards;
    this.#maxPairs = maxPairs;
  }

  get size(): number {
    return this.#size;
  }

  /** More jobs are ready; `undefined` = nobody knows how many. */
  add(tenant: string, queue: string, ready: number | undefined): void {
    const pair = this.#pair(tenant, queue, 0);
    if (pair === undefined) return;
    pair.ready = ready === undefined || pair.ready === undefined ? undefined : pair.ready + ready;
    pair.news = pair.underWay > 0;
    pair.heard = true;
  }

  knows(tenant: string, queue: string): boolean {
    return this.#queues.get(queue)?.has(tenant) === true;
  }

  /** So many were ready when somebody looked. */
  set(tenant: string, queue: string, ready: number): void {
    const pair = this.#pair(tenant, queue, 0);
    if (pair === undefined) return;
    pair.ready = ready;
    pair.heard = true;
  }

  /** A planned reserve was answered: so many are left, or nobody knows because it failed. */
  learn(tenant: string, queue: string, left: number | undefined): void {
    const pair = this.#queues.get(queue)?.get(tenant);
    if (pair === undefined) return;
    pair.underWay--;
    const believed = left ?? (pair.heard ? undefined : 0);
    pair.ready = believed === 0 && pair.news ? undefined : believed;
    pair.heard ||= pair.ready !== 0;
    if (pair.ready === 0 && pair.underWay === 0) this.#forget(pair);
  }

  /** Reserves for at most `max` jobs, spread evenly over the tenants in reach, taken off what is believed ready. */
  plan(reach: Reach, max: number): Plan[] {
    const plans = new Map<number, Plan>();
    let slots = max;
    for (const queue of this.#inReach(reach)) {
      slots -= this.#planQueue(queue, reach.tenant, slots, plans);
      // before the next one is taken: that would send it to the end unserved
      if (slots === 0) break;
    }
    return [...plans.values()];
  }

  /**
   * One reserve that finds out about queues a tenant names, in order, whether or not anything is known of them. Names nobody heard of
   * are remembered until its answer and served to nobody else: a tenant may make up as many as it likes.
   */
  probe(tenant: string, queues: readonly string[], max: number): Plan[] {
    const plans = new Map<number, Plan>();
    for (const queue of queues) {
      const pair = this.#pair(tenant, queue, undefined);
      if (pair === undefined || !isOpen(pair)) continue;
      const count = Math.min(max, pair.ready ?? max);
      addWant(plans, pair, count);
      take(pair, count, this.#queues.get(queue) as Map<string, Pair>);
    }
    return [...plans.values()];
  }

  #planQueue(queue: string, tenant: string | undefined, slots: number, plans: Map<number, Plan>): number {
    const ring = this.#queues.get(queue) as Map<string, Pair>;
    const open = tenant === undefined ? firstOpen(ring.values(), slots) : firstOpen([ring.get(tenant)], 1);
    const served: { readonly pair: Pair; readonly count: number }[] = [];
    let left = slots;
    for (const [place, pair] of open.entries()) {
      const share = Math.ceil(left / (open.length - place));
      const count = Math.min(share, pair.ready ?? share);
      left -= count;
      served.push({ pair, count });
      addWant(plans, pair, count);
    }
    // who got less is first next time, or the first of a ring would have the odd slot every time
    for (const { pair, count } of served.sort((one, other) => one.count - other.count)) take(pair, count, ring);
    return slots - left;
  }

  /** Queues of the reach that are known. With `*` the one yielded goes to the end, so that queues take turns too. */
  *#inReach({ queues, tenant }: Reach): Generator<string> {
    const all = queues.includes('*');
    for (const queue of all ? [...this.#queues.keys()] : queues) {
      const ring = this.#queues.get(queue);
      if (ring === undefined || (tenant !== undefined && !ring.has(tenant))) continue;
      if (all) {
        this.#queues.delete(queue);
        this.#queues.set(queue, ring);
      }
      yield queue;
    }
  }

  /** The pair, `unheard` being what is believed of one that is new; undefined when there is no room for it. */
  #pair(tenant: string, queue: string, unheard: 0 | undefined): Pair | undefined {
    const ring = this.#queues.get(queue) ?? new Map<string, Pair>();
    const known = ring.get(tenant);
    if (known !== undefined) return known;
    if (this.#size >= this.#maxPairs) return undefined;
    const shard = shardOf(tenant, this.#shards);
    const pair: Pair = { tenant, queue, shard, ready: unheard, underWay: 0, news: false, heard: false };
    ring.set(tenant, pair);
    this.#queues.set(queue, ring);
    this.#size++;
    return pair;
  }

  #forget({ tenant, queue }: Pair): void {
    const ring = this.#queues.get(queue) as Map<string, Pair>;
    ring.delete(tenant);
    this.#size--;
    if (ring.size === 0) this.#queues.delete(queue);
  }
}

/** Whether a reserve may be planned for it. */
const isOpen = ({ ready, underWay }: Pair): boolean => (ready === undefined ? underWay === 0 : ready > 0);

/** The first `count` that are open; those passed over have a reserve under way, so they are few. */
function firstOpen(pairs: Iterable<Pair | undefined>, count: number): Pair[] {
  const open: Pair[] = [];
  for (const pair of pairs) {
    if (open.length >= count) break;
    if (pair !== undefined && isOpen(pair)) open.push(pair);
  }
  return open;
}

/** Takes the jobs off what is believed ready, and sends the pair to the end of its ring. */
function take(pair: Pair, count: number, ring: Map<string, Pair>): void {
  if (pair.ready !== undefined) pair.ready -= count;
  if (pair.underWay++ === 0) pair.news = false;
  ring.delete(pair.tenant);
  ring.set(pair.tenant, pair);
}

function addWant(plans: Map<number, Plan>, pair: Pair, max: number): void {
  const plan = plans.get(pair.shard) ?? { shard: pair.shard, wants: [] };
  plan.wants.push({ tenant: pair.tenant, queue: pair.queue, max });
  plans.set(pair.shard, plan);
}

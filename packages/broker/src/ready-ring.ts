import { shardOf, type Want } from '@tiercel/store';

/** What a broker believes of one tenant's queue: a hint that `left` of the next reserve corrects. */
interface Pair {
  readonly tenant: string;
  readonly queue: string;
  readonly shard: number;
  /** Jobs believed ready; undefined when only "some" is known, and then one reserve at a time finds out. */
  ready: number | undefined;
  probing: boolean;
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
    const pair = this.#pair(tenant, queue);
    if (pair === undefined) return;
    pair.ready = ready === undefined || pair.ready === undefined ? undefined : pair.ready + ready;
  }

  /** What a look into the storage said is the truth. */
  set(tenant: string, queue: string, ready: number): void {
    const ring = this.#queues.get(queue);
    const known = ring?.get(tenant);
    if (ready === 0) {
      if (ring === undefined || !ring.delete(tenant)) return;
      this.#size--;
      if (ring.size === 0) this.#queues.delete(queue);
      return;
    }
    const pair = known ?? this.#pair(tenant, queue);
    if (pair === undefined) return;
    pair.ready = ready;
    pair.probing = false;
  }

  /** A reserve from the pair failed, so nobody knows what is left. */
  doubt(tenant: string, queue: string): void {
    const pair = this.#pair(tenant, queue);
    if (pair === undefined) return;
    pair.ready = undefined;
    pair.probing = false;
  }

  /** Reserves for at most `max` jobs, spread evenly over the tenants in reach, taken off what is believed ready. */
  plan(reach: Reach, max: number): Plan[] {
    const plans = new Map<number, Plan>();
    let slots = max;
    for (const queue of this.#inReach(reach)) {
      if (slots === 0) break;
      slots -= this.#planQueue(queue, reach.tenant, slots, plans);
    }
    return [...plans.values()];
  }

  #planQueue(queue: string, tenant: string | undefined, slots: number, plans: Map<number, Plan>): number {
    const ring = this.#queues.get(queue) as Map<string, Pair>;
    const pairs =
      tenant === undefined ? [...firstOf(ring.values(), slots)] : [ring.get(tenant)].filter((pair) => pair !== undefined);
    const open = pairs.filter((pair) => !pair.probing && pair.ready !== 0);
    let taken = 0;
    for (let share = evenShare(slots, open.length), place = 0; place < open.length && taken < slots; place++) {
      const pair = open[place] as Pair;
      const count = Math.min(share, slots - taken, pair.ready ?? share);
      taken += count;
      this.#take(pair, count, ring);
      addWant(plans, pair, count);
      if (open.length - place > 1) share = evenShare(slots - taken, open.length - place - 1);
    }
    return taken;
  }

  #take(pair: Pair, count: number, ring: Map<string, Pair>): void {
    if (pair.ready === undefined) pair.probing = true;
    else pair.ready -= count;
    ring.delete(pair.tenant);
    ring.set(pair.tenant, pair);
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

  #pair(tenant: string, queue: string): Pair | undefined {
    const ring = this.#queues.get(queue) ?? new Map<string, Pair>();
    const known = ring.get(tenant);
    if (known !== undefined) return known;
    if (this.#size >= this.#maxPairs) return undefined;
    const pair: Pair = { tenant, queue, shard: shardOf(tenant, this.#shards), ready: 0, probing: false };
    ring.set(tenant, pair);
    this.#queues.set(queue, ring);
    this.#size++;
    return pair;
  }
}

function* firstOf<T>(values: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const value of values) {
    if (left-- <= 0) return;
    yield value;
  }
}

const evenShare = (slots: number, among: number): number => Math.max(1, Math.ceil(slots / Math.max(1, among)));

function addWant(plans: Map<number, Plan>, pair: Pair, max: number): void {
  const plan = plans.get(pair.shard) ?? { shard: pair.shard, wants: [] };
  plan.wants.push({ tenant: pair.tenant, queue: pair.queue, max });
  plans.set(pair.shard, plan);
}

import { type Counted, type Counters, LIMITS } from '@tiercel/protocol';

/** Counts that a {@link Tally} adds to. */
type Count = { -readonly [K in keyof Counters]: number };
export type Counter = keyof Counters;

const ZERO: Counters = {
  enqueued: 0,
  started: 0,
  succeeded: 0,
  failed: 0,
  retried: 0,
  expired: 0,
  dead: 0,
  cancelled: 0,
  discarded: 0,
};

/** What happened to the jobs of one shard, by tenant, queue and name. Stays when jobs are forgotten. */
export class Tally {
  /** Of all tenants together. */
  readonly totals: Count = { ...ZERO };
  readonly #tenants = new Map<string, Names>();

  /** Returns the name it was counted under: '' when the tenant has too many. */
  add(tenant: string, queue: string, name: string, counter: Counter): string {
    const names = this.#openTenant(tenant);
    const kept = names.keptName(queue, name);
    names.open(queue, kept)[counter]++;
    this.totals[counter]++;
    return kept;
  }

  /** By queue and name. */
  of(tenant: string): Counted[] {
    return this.#tenants.get(tenant)?.all() ?? [];
  }

  get(tenant: string, queue: string, name: string): Counters | undefined {
    return this.#tenants.get(tenant)?.get(queue, name);
  }

  /** Of a shard that is built again: what was counted before. */
  put(tenant: string, { queue, name, ...counts }: Counted): void {
    const count = this.#openTenant(tenant).open(queue, name);
    for (const counter of Object.keys(ZERO) as Counter[]) {
      this.totals[counter] += counts[counter] - count[counter];
      count[counter] = counts[counter];
    }
  }

  #openTenant(name: string): Names {
    const names = this.#tenants.get(name) ?? new Names();
    this.#tenants.set(name, names);
    return names;
  }
}

/** What was counted for one tenant, with a bound on names: they are its own choice. */
class Names {
  readonly #queues = new Map<string, Map<string, Count>>();
  /** How many pairs of queue and name are counted apart. */
  #apart = 0;

  keptName(queue: string, name: string): string {
    return this.#apart < LIMITS.countedNames || this.get(queue, name) ? name : '';
  }

  get(queue: string, name: string): Count | undefined {
    return this.#queues.get(queue)?.get(name);
  }

  open(queue: string, name: string): Count {
    const known = this.get(queue, name);
    if (known) return known;
    const [names, count] = [this.#queues.get(queue) ?? new Map<string, Count>(), { ...ZERO }];
    this.#queues.set(queue, names.set(name, count));
    if (name !== '') this.#apart++;
    return count;
  }

  all(): Counted[] {
    const queues = [...this.#queues].sort(byName);
    return queues.flatMap(([queue, names]) => [...names].sort(byName).map(([name, count]) => ({ queue, name, ...count })));
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

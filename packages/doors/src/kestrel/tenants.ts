import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';

/** Over whose queues a door looks: its own tenant's, or those of which it heard. */
export class Tenants {
  readonly #brokers: Brokers;
  readonly #seen = new Set<string>();
  #last = '';

  constructor(brokers: Brokers) {
    this.#brokers = brokers;
  }

  /** Jobs of this tenant came by. The one unheard of for longest makes room. */
  saw(tenant: string): void {
    if (tenant === this.#last) return;
    this.#last = tenant;
    this.#seen.delete(tenant);
    this.#seen.add(tenant);
    if (this.#seen.size > BOUNDS.tenantsAsked) this.#seen.delete(this.#seen.values().next().value as string);
  }

  /** Those that may have items of a queue, with '' of any; at most `BOUNDS.tenantsAsked`. */
  async with(queue: string): Promise<readonly string[]> {
    if (this.#brokers.bound !== '') return [this.#brokers.bound];
    const pairs = await this.#brokers.readyPairs(queue, BOUNDS.tenantsAsked);
    const named = new Set([this.#brokers.home, ...pairs.map(({ tenant }) => tenant), ...this.#seen]);
    return [...named].slice(0, BOUNDS.tenantsAsked);
  }
}

import { intBelow, type Random } from '@tiercel/actors';
import type { LeasedJob, Settlement } from '@tiercel/protocol';
import { shardOf, type TenantJob } from '@tiercel/store';
import { aJob } from '@tiercel/store/testing';
import type { Storage } from './engine.js';
import type { Ledger } from './ledger.js';

export const TENANTS = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'wonka'];
export const QUEUES = ['mail', 'bulk'];
/** No client does more: storage should have failed long before. */
const MOST_STEPS = 20_000;

/** A client that enqueues, reserves and settles by its dice, and writes down what it asked and what it was told. */
export class Client {
  readonly #name: string;
  readonly #store: Storage;
  readonly #ledger: Ledger;
  readonly #random: Random;
  #sent = 0;

  constructor(name: string, store: Storage, ledger: Ledger, random: Random) {
    this.#name = name;
    this.#store = store;
    this.#ledger = ledger;
    this.#random = random;
  }

  /** Goes on until storage fails, and throws when it never does. */
  async workUntilFailure(): Promise<void> {
    for (let step = 0; step < MOST_STEPS; step++) {
      try {
        await (this.#chance(0.45) ? this.#enqueue() : this.#work());
      } catch (error) {
        if ((error as { code?: unknown }).code === undefined) throw error;
        return;
      }
    }
    throw new Error('the power was never cut');
  }

  async #enqueue(): Promise<void> {
    const jobs = Array.from({ length: 1 + this.#below(20) }, () => this.#aJob());
    this.#ledger.sends(jobs);
    const verdicts = await this.#store.enqueue(jobs);
    this.#ledger.isStored(jobs.filter((_, at) => verdicts[at]?.code === 'OK'));
  }

  /** Keeps some of the leases it gets. */
  async #work(): Promise<void> {
    const leases = await this.reserve(this.#pick(TENANTS), this.#pick(QUEUES), 1 + this.#below(10));
    const settlements = leases.filter(() => this.#chance(0.8)).map((lease) => this.#settlementOf(lease));
    if (settlements.length > 0) await this.settle(settlements);
  }

  async reserve(tenant: string, queue: string, max: number): Promise<readonly LeasedJob[]> {
    const shard = shardOf(tenant, this.#store.shards);
    // All clients draw the same nonce, so that nothing but the counter keeps tokens apart.
    const request = { shard, max, maxBytes: 512 * 1_024, deliveryLeaseMs: 5_000, owner: this.#name, nonce: `0000000${shard}` };
    const { jobs } = await this.#store.reserve({ ...request, wants: [{ tenant, queue, max }] });
    this.#ledger.isGranted(jobs);
    return jobs;
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly string[]> {
    this.#ledger.settles(settlements);
    const codes = await this.#store.settle(settlements);
    this.#ledger.isSettled(settlements.filter((_, at) => codes[at] === 'OK'));
    return codes;
  }

  #aJob(): TenantJob {
    const payload = this.#random.bytes(this.#chance(0.2) ? 600 + this.#below(3_000) : this.#below(300));
    return aJob({
      id: `${this.#name}-${++this.#sent}`,
      tenant: this.#pick(TENANTS),
      queue: this.#pick(QUEUES),
      encoding: 'raw',
      payload,
      attempts: 0,
      delayMs: this.#chance(0.1) ? 3_600_000 : 0,
    });
  }

  #settlementOf({ tenant, id, token }: LeasedJob): Settlement {
    const lease = { tenant, id, token };
    const release = { ...lease, outcome: 'release', spend: true, lost: false, head: false, reason: 'not yet' } as const;
    return this.#pick<Settlement>([
      { ...lease, outcome: 'ack' },
      { ...lease, outcome: 'ack', result: this.#random.bytes(10) },
      { ...lease, outcome: 'bury', reason: 'bad' },
      { ...release, delayMs: 0 },
      { ...release, delayMs: 3_600_000 },
    ]);
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }

  #below(count: number): number {
    return intBelow(this.#random, count);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }
}

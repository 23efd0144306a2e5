import type { Body, Kind, Ref, Reply } from '@tiercel/actors';
import { ANY, asTiercelError, type BrokerProtocol, LIMITS, POOL, type ReadyPair } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';

/** The brokers as one door reaches them: in the name of its tenant, or of the pool. */
export class Brokers {
  /** '' = any: the door is bound to none. */
  readonly bound: string;
  /** Whose an item is that names no tenant. */
  readonly home: string;
  readonly #broker: (tenant: string) => Ref<BrokerProtocol>;
  readonly #refs = new Map<string, Ref<BrokerProtocol>>();

  constructor(broker: (tenant: string) => Ref<BrokerProtocol>, bound: string | undefined, home: string) {
    this.#broker = broker;
    this.bound = bound ?? '';
    this.home = bound ?? home;
  }

  /** In whose name jobs are taken and given back. */
  get serving(): string {
    return this.bound || POOL;
  }

  /** Whose a job is whose item names `tenant`. */
  ownerOf(tenant: string | undefined): string {
    return this.bound || (tenant ?? this.home);
  }

  /** Throws nothing but our errors. */
  async ask<K extends Kind<BrokerProtocol>>(
    tenant: string,
    kind: K,
    body: Body<BrokerProtocol, K>,
    { topic = ANY, timeoutMs = BOUNDS.askMs }: { readonly topic?: string; readonly timeoutMs?: number } = {},
  ): Promise<Reply<BrokerProtocol, K>> {
    try {
      return await this.#refOf(tenant).ask(kind, body, { topic, timeoutMs });
    } catch (error) {
      throw asTiercelError(error);
    }
  }

  /** Pairs that have ready jobs, of one queue or with '' of all, at most so many. Not for a door that is bound. */
  async readyPairs(queue: string, limit: number): Promise<readonly ReadyPair[]> {
    const pairs: ReadyPair[] = [];
    let cursor = '';
    do {
      const page = await this.ask(POOL, 'backlog', { queue, cursor, limit: Math.min(limit - pairs.length, LIMITS.batchItems) });
      pairs.push(...page.pairs);
      cursor = page.cursor;
    } while (cursor !== '' && pairs.length < limit);
    return pairs;
  }

  #refOf(tenant: string): Ref<BrokerProtocol> {
    const ref = this.#refs.get(tenant) ?? this.#broker(tenant);
    this.#refs.delete(tenant);
    this.#refs.set(tenant, ref);
    if (this.#refs.size > BOUNDS.tenants) this.#refs.delete(this.#refs.keys().next().value as string);
    return ref;
  }
}

import { type Body, type Clock, jittered, type Kind, type Random, type Ref, type Reply, sleep } from '@tiercel/actors';
import { ANY, asTiercelError, type BrokerProtocol, LIMITS, POOL, type ReadyPair, TiercelError } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';

export interface BrokersOptions {
  /** `tenant` may be the pool. */
  readonly broker: (tenant: string) => Ref<BrokerProtocol>;
  /** The only tenant there is; without it all are served. */
  readonly tenant?: string | undefined;
  /** Whose what is that does not say so where all are served. */
  readonly home: string;
  readonly clock: Clock;
  readonly random: Random;
}

interface AskOptions {
  readonly topic?: string;
  readonly timeoutMs?: number;
}

/** The brokers as one door reaches them: in the name of its tenant, or of the pool. */
export class Brokers {
  /** '' = any: the door is bound to none. */
  readonly bound: string;
  /** Whose an item is that names no tenant. */
  readonly home: string;
  readonly #broker: (tenant: string) => Ref<BrokerProtocol>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #refs = new Map<string, Ref<BrokerProtocol>>();

  constructor({ broker, tenant, home, clock, random }: BrokersOptions) {
    this.#broker = broker;
    this.#clock = clock;
    this.#random = random;
    this.bound = tenant ?? '';
    this.home = tenant ?? home;
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
    { topic = ANY, timeoutMs = BOUNDS.askMs }: AskOptions = {},
  ): Promise<Reply<BrokerProtocol, K>> {
    try {
      return await this.#refOf(tenant).ask(kind, body, { topic, timeoutMs });
    } catch (error) {
      throw refused(tenant, asTiercelError(error));
    }
  }

  /** The same for what may be asked again: repeated for `BOUNDS.answerMs` while it may succeed, so that a broker that is away for a moment costs a moment. */
  async askAgain<K extends Kind<BrokerProtocol>>(
    tenant: string,
    kind: K,
    body: Body<BrokerProtocol, K>,
    options: AskOptions = {},
  ): Promise<Reply<BrokerProtocol, K>> {
    const giveUpAt = this.#clock.monotonic() + BOUNDS.answerMs;
    const { minMs, maxMs } = BOUNDS.askRepeat;
    for (let pauseMs: number = minMs; ; pauseMs = Math.min(maxMs, pauseMs * 2)) {
      try {
        return await this.ask(tenant, kind, body, options);
      } catch (error) {
        const waitMs = jittered(this.#random, pauseMs);
        if (!asTiercelError(error).retryable || this.#clock.monotonic() + waitMs > giveUpAt) throw error;
        await sleep(this.#clock, waitMs);
      }
    }
  }

  /** Pairs that have ready jobs, of one queue or with '' of all, at most so many. Not for a door that is bound. */
  async readyPairs(queue: string, limit: number): Promise<readonly ReadyPair[]> {
    const pairs: ReadyPair[] = [];
    let cursor = '';
    do {
      const page = await this.askAgain(POOL, 'backlog', {
        queue,
        cursor,
        limit: Math.min(limit - pairs.length, LIMITS.batchItems),
      });
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

/** A door that is bound to no tenant asks for more than the credential of one may. */
function refused(tenant: string, error: TiercelError): TiercelError {
  if (tenant !== POOL || error.code !== 'ACCESS_DENIED') return error;
  return new TiercelError(error.code, { ...error.facts, remedy: UNBOUND }, error);
}

const UNBOUND = 'the door is bound to no tenant, and so takes jobs of all: bind it with --kestrel-tenant T, see docs/kestrel.md';

import { type Clock, type Log, type Random, type Ref, sleep } from '@tiercel/actors';
import type { StatusLevel } from '@tiercel/kestrel';
import {
  type BrokerProtocol,
  type EnqueueVerdict,
  type ErrorCode,
  type LeasedJob,
  type QueueSettings,
  TiercelError,
} from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import { Brokers } from './brokers.js';
import { Children } from './children.js';
import { Complaints } from './complaints.js';
import { Custody } from './custody.js';
import type { Ttl } from './expiry.js';
import { isAlias, spread } from './fanout.js';
import { Intake } from './intake.js';
import { itemOf, RAW_ITEM, readArticle } from './item.js';
import { type KnownQueue, KnownQueues } from './known-queues.js';
import { Line } from './line.js';
import type { Read } from './read.js';
import { isRefusal } from './refusal.js';
import { Rules, type TenantRules } from './rules.js';
import { Session } from './session.js';
import { DoorTally, QueueTally } from './tally.js';
import { Tenants } from './tenants.js';

export interface DeskOptions {
  /** `tenant` may be the pool. */
  readonly broker: (tenant: string) => Ref<BrokerProtocol>;
  readonly namespace: string;
  /** The only tenant there is for this door; without it items say whose they are. */
  readonly tenant?: string | undefined;
  /** Whose an item is that does not say so at a door that is bound to none. */
  readonly home: string;
  /** Under which leases are held: the process, so that whoever sees it end can tell that they come back. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly observe?: KestrelObserver | undefined;
}

/** Told what clients do; must not throw. */
export interface KestrelObserver {
  /** Of requests whose replies were made: one, or sets that came together. */
  answered(command: string, count: number, tookMs: number): void;
  /** An item was handed over, or stored. */
  passed(direction: 'in' | 'out', bytes: number): void;
  refused(code: ErrorCode): void;
}

/**
 * A Kestrel server but its bytes: queues, who waits for them, what is open, and what was counted. It keeps no item itself: those are jobs of
 * the brokers, and an open read is a lease of theirs. Whatever a client speaks, its connection is a {@link Session} here.
 */
export class KestrelDesk {
  readonly tally = new DoorTally();
  readonly queues: KnownQueues;
  readonly brokers: Brokers;
  readonly tenants: Tenants;
  readonly children: Children;
  readonly custody: Custody;
  readonly complaints: Complaints;
  #level: StatusLevel = 'UP';
  readonly #options: DeskOptions;
  readonly #rules: Rules;
  readonly #intake: Intake;
  readonly #startedAt: number;
  readonly #sessions = new Set<Session>();
  #isClosing = false;

  constructor(options: DeskOptions) {
    const { namespace, owner, clock, random, log } = options;
    this.#options = options;
    this.#startedAt = clock.monotonic();
    this.complaints = new Complaints(clock, log);
    const brokers = new Brokers(options);
    this.brokers = brokers;
    this.tenants = new Tenants(brokers);
    this.#rules = new Rules(brokers, clock);
    this.children = new Children(brokers, this.#rules);
    this.#intake = new Intake({ brokers, clock, random });
    this.custody = new Custody({ brokers, tenants: this.tenants, rules: this.#rules, clock, random, log });
    const line = {
      ...{ brokers, owner, clock, random },
      receive: (jobs: readonly LeasedJob[]) => this.custody.receive(jobs),
      giveBack: (reads: readonly Read[]) => this.custody.restore(reads),
      failed: (error: TiercelError, queue: string) =>
        this.complaints.warn({ code: error.code, queue, err: error }, 'reserve failed'),
    };
    this.queues = new KnownQueues(namespace, (queue) => new Line(queue, line));
  }

  enter(): Session {
    const session = new Session(this);
    this.tally.connectionsEver++;
    this.#sessions.add(session);
    return session;
  }

  left(session: Session): void {
    this.#sessions.delete(session);
  }

  get connections(): number {
    return this.#sessions.size;
  }

  get uptimeMs(): number {
    return this.#options.clock.monotonic() - this.#startedAt;
  }

  get nowMs(): number {
    return this.#options.clock.now();
  }

  /** What is refused now. */
  get level(): StatusLevel {
    return this.#level;
  }

  /** A client says so. */
  set level(status: StatusLevel) {
    if (status === this.#level) return;
    this.#options.log.info({ status, before: this.#level }, 'kestrel status set');
    this.#level = status;
  }

  get mayWrite(): boolean {
    return this.#level === 'UP' || this.#level === 'WRITEAVOID';
  }

  get mayRead(): boolean {
    return this.#level !== 'QUIESCENT';
  }

  /** Leases that are held here, open reads and items on their way. */
  get held(): number {
    return this.custody.size;
  }

  get waiting(): number {
    let waiting = 0;
    for (const { line } of this.queues.all()) waiting += line.waiting;
    return waiting;
  }

  /** Whether it is stored. Throws when that is not known, or nobody could be asked. */
  async set(known: KnownQueue, data: Uint8Array, ttl: Ttl): Promise<boolean> {
    if (this.#isClosing) return false;
    this.#count(known, data.length);
    const article = readArticle(data);
    const tenant = this.brokers.ownerOf(article?.tenant);
    this.tenants.saw(tenant);
    const content = article
      ? { name: article.name, encoding: 'json' as const, payload: article.payload }
      : { name: RAW_ITEM, encoding: 'raw' as const, payload: data };
    try {
      const isAliasOrPromise = this.reach(known);
      if (typeof isAliasOrPromise !== 'boolean') await isAliasOrPromise;
      const [rules, home] = [this.#rules.of(tenant), this.#rules.of(this.brokers.home)];
      const { copies, decisive } = spread(known.queue, ttl, await rules, await home);
      if (ttl === 'over') known.tally.overOnArrival++;
      const verdicts = copies.length === 0 ? [] : await this.#intake.store(tenant, content, copies);
      const stored = decisive.every((place) => this.#isStored(known, verdicts[place]));
      if (stored) this.#options.observe?.passed('in', data.length);
      return stored;
    } catch (error) {
      if (!(error instanceof TiercelError && isRefusal(error.code))) throw error;
      return this.refused(known, error.code);
    }
  }

  /** An item is not stored; its client is told no more than that. */
  refused({ queue }: KnownQueue, code: ErrorCode): false {
    this.#options.observe?.refused(code);
    this.complaints.warn({ code, queue }, 'item not stored');
    return false;
  }

  /** Before items of a queue are asked for: makes it, and lets its parent feed it. Answers whether it is an alias, which never has any. */
  reach(known: KnownQueue): boolean | Promise<boolean> {
    if (!known.made) {
      known.made = true;
      this.tally.queueCreates++;
    }
    const home = this.#rules.of(this.brokers.home);
    if (home instanceof Promise) return home.then((rules) => this.#reach(known, rules));
    return this.#reach(known, home);
  }

  /** As was set for the queue in the name of whom the door keeps such things. */
  async settingsOf(queue: string): Promise<QueueSettings> {
    return (await this.#rules.of(this.brokers.home)).own(queue);
  }

  async isAlias(queue: string): Promise<boolean> {
    return isAlias(await this.#rules.of(this.brokers.home), queue);
  }

  /** A queue is deleted: what any client has open of it is gone with it. */
  async unmake(known: KnownQueue): Promise<void> {
    if (known.made) this.tally.queueDeletes++;
    known.made = false;
    known.tally = new QueueTally();
    await Promise.all([...this.#sessions].map((session) => session.closeAll(known)));
  }

  /** Looks until there is one; not beside a client that has gone. */
  async peek(known: KnownQueue, waitMs: number, asker: { readonly isOver: boolean }): Promise<Uint8Array | undefined> {
    const { clock } = this.#options;
    this.tally.peeks++;
    const alias = this.reach(known);
    if (typeof alias === 'boolean' ? alias : await alias) return undefined;
    const endsAt = clock.monotonic() + waitMs;
    for (let lookMs: number = BOUNDS.peekMs.first; ; lookMs = Math.min(lookMs * 2, BOUNDS.peekMs.last)) {
      const found = await this.#look(known);
      const leftMs = endsAt - clock.monotonic();
      if (found || leftMs <= 0 || asker.isOver || this.#isClosing) return found;
      await sleep(clock, Math.min(lookMs, leftMs));
    }
  }

  /** Somebody asked for an item and got one, or did not. */
  found({ tally }: KnownQueue, isHit: boolean): void {
    this.tally.gets++;
    if (isHit) {
      this.tally.hits++;
      tally.hits++;
    } else {
      this.tally.misses++;
      tally.misses++;
    }
  }

  /** To a client. */
  handedOver(bytes: number): void {
    this.#options.observe?.passed('out', bytes);
  }

  /** Resolves when what clients have ended until now is known to the brokers. */
  settled(): Promise<void> {
    return this.custody.settled();
  }

  /** Settings are read anew before they are used again. */
  reload(): void {
    this.#rules.forget();
  }

  /** Takes nothing more, and gives back what clients have open. */
  async leave(): Promise<void> {
    this.#isClosing = true;
    for (const session of [...this.#sessions]) session.leave();
    for (const { line } of this.queues.all()) line.close();
    await this.custody.drained();
  }

  /** When nobody is served any more. */
  end(): void {
    this.#intake.close();
    this.custody.stop();
  }

  #count(known: KnownQueue, bytes: number): void {
    this.tally.sets++;
    known.tally.sets++;
    known.tally.setBytes += bytes;
  }

  #reach(known: KnownQueue, rules: TenantRules): boolean | Promise<boolean> {
    const { queue, parent } = known;
    if (parent === undefined || rules.own(parent).fanout?.split(',').includes(queue)) return isAlias(rules, queue);
    return this.children.add(queue, parent).then(() => false);
  }

  #isStored(known: KnownQueue, verdict: EnqueueVerdict | undefined): boolean {
    const code = verdict?.code ?? 'OK';
    return code === 'OK' || code === 'DUPLICATE' || this.refused(known, code);
  }

  async #look(known: KnownQueue): Promise<Uint8Array | undefined> {
    for (const tenant of await this.tenants.with(known.queue)) {
      const query = { state: 'ready', queue: known.queue, cursor: '', limit: 1, payload: true } as const;
      const { jobs } = await this.brokers.askAgain(tenant, 'list', query, { topic: known.queue });
      if (jobs[0]) return itemOf(jobs[0]);
    }
    return undefined;
  }
}

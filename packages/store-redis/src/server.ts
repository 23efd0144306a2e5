import type { Clock, Log, Undo } from '@tiercel/actors';
import { TiercelError } from '@tiercel/protocol';
import type { Redis } from 'ioredis';
import { type Argument, type Call, callerFor } from './caller.js';
import { type Connection, inTime } from './connection.js';
import { faultOf } from './faults.js';
import type { Library, Verb } from './library.js';
import { askServer, type ServerFacts } from './server-facts.js';

/** How often a server is asked again what it says of itself. */
const CHECK_MS = 30_000;
/** The same of one that did not answer after its connection came back. */
const CHECK_SOON_MS = 500;

export interface ServerParts {
  readonly library: Library;
  readonly log: Log;
  readonly timers: Clock;
  /** Throws STORAGE_UNFIT for a server that must not be used. */
  readonly requireFit: (facts: ServerFacts, address: string) => void;
  readonly news: ServerNews;
}

interface ServerNews {
  /** It was asked again, which took so long. */
  told(server: Server, tookMs: number): void;
  /** It may not know any more what it was told before. */
  forgot(server: Server): void;
  lost(server: Server): void;
  unfit(fault: TiercelError): void;
}

/** A server that nobody has found fault with. Throws STORAGE_UNFIT, STORAGE_DENIED or STORAGE_UNAVAILABLE, and hangs up. */
export async function serverAt(connection: Connection, parts: ServerParts): Promise<Server> {
  const { redis, address } = connection;
  try {
    const facts = await inTime(askServer(redis));
    parts.requireFit(facts, address);
    const call = await inTime(callerFor(redis, parts.library));
    return new Server(connection, call, facts, parts);
  } catch (error) {
    redis.disconnect();
    throw faultOf(error, { address });
  }
}

/**
 * One server. A connection that came back is not used before the server has said again what it is: another one may be behind the
 * address now, or the same one set up otherwise. Until then, and as long as it is unfit, every call is refused.
 */
export class Server {
  readonly address: string;
  facts: ServerFacts;
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #parts: ServerParts;
  /** Why nothing may be called now. */
  #refusal: TiercelError | undefined;
  /** What is asked on one connection says nothing about the next. */
  #session = 0;
  #isNew = false;
  #nextCheck: Undo = () => {};

  constructor(connection: Connection, call: Call, facts: ServerFacts, parts: ServerParts) {
    this.address = connection.address;
    this.facts = facts;
    this.#connection = connection;
    this.#call = call;
    this.#parts = parts;
    connection.redis.on('close', () => this.#lost());
    connection.redis.on('ready', () => void this.#check());
    connection.redis.on('error', (error: Error) => this.#failed(error));
    this.#checkIn(CHECK_MS);
  }

  get redis(): Redis {
    return this.#connection.redis;
  }

  get isUp(): boolean {
    return this.#refusal === undefined;
  }

  async call(verb: Verb, base: string, args: readonly Argument[]): Promise<unknown> {
    if (this.#refusal) throw new TiercelError(this.#refusal.code, this.#refusal.facts);
    try {
      return await this.#call(verb, base, args);
    } catch (error) {
      throw faultOf(error, { address: this.address });
    }
  }

  close(): Promise<void> {
    this.#session++;
    this.#nextCheck();
    return this.#connection.close();
  }

  #lost(): void {
    this.#session++;
    this.#isNew = true;
    this.#nextCheck();
    this.#refusal ??= new TiercelError('STORAGE_UNAVAILABLE', { address: this.address, reason: 'the connection is lost' });
    this.#parts.news.lost(this);
  }

  /** A password that was changed meanwhile is told from a server that is down. */
  #failed(error: Error): void {
    const fault = faultOf(error, { address: this.address });
    if (this.#refusal && fault.code === 'STORAGE_DENIED') this.#refusal = fault;
  }

  async #check(): Promise<void> {
    const session = this.#session;
    const fault = await this.#ask(session).catch((error: unknown) => faultOf(error, { address: this.address }));
    if (session !== this.#session) return;
    if (fault) this.#found(fault);
    else [this.#refusal, this.#isNew] = [undefined, false];
    this.#checkIn(this.isUp ? CHECK_MS : CHECK_SOON_MS);
  }

  async #ask(session: number): Promise<undefined> {
    const { timers } = this.#parts;
    const askedAtMs = timers.monotonic();
    const facts = await inTime(askServer(this.redis));
    if (session !== this.#session) return;
    const forgot = facts.history === '' ? this.#isNew : facts.history !== this.facts.history;
    this.facts = facts;
    // Before anything can be called: a token made of what it knows now must not look like one of before.
    if (forgot) this.#parts.news.forgot(this);
    this.#parts.news.told(this, timers.monotonic() - askedAtMs);
    this.#parts.requireFit(facts, this.address);
  }

  /** One that is slow to say what it is may be used all the same; not one that is unfit, or has not said it on this connection. */
  #found(fault: TiercelError): void {
    const { log, news } = this.#parts;
    const isNews = this.#refusal?.code !== fault.code;
    if (fault.code === 'STORAGE_UNFIT' || this.#refusal) this.#refusal = fault;
    if (!isNews) return;
    log.error({ address: this.address, err: fault }, 'storage could not be checked');
    if (fault.code === 'STORAGE_UNFIT') news.unfit(fault);
  }

  #checkIn(ms: number): void {
    this.#nextCheck();
    this.#nextCheck = this.#parts.timers.after(ms, () => void this.#check());
  }
}

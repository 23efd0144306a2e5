import { type Clock, type Log, Outbox, type Random, redialMs, sleep, type Undo } from '@tiercel/actors';
import { codeOf, fail, TiercelError } from '@tiercel/protocol';
import { connect, credsAuthenticator, type Msg, type NatsConnection, type NatsError, type Status } from 'nats';
import { NATS_LIMITS } from './nats-limits.js';
import { SendWindow } from './send-window.js';
import { readServerUrl, type ServerUrl } from './server-url.js';

export interface LinkOptions {
  readonly url: string;
  readonly name: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly user?: string;
  readonly pass?: string;
  /** Contents of a NATS `.creds` file. */
  readonly creds?: string;
  readonly firstConnectMs?: number;
  /** Nothing that is sent here comes back here, though it is served here; `false` by default. */
  readonly noEcho?: boolean;
}

/** A subscription that outlives connections. */
export interface Subscribing {
  readonly pattern: string;
  readonly group?: string | undefined;
  readonly onMessage: (message: Msg) => void;
}

interface Message {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly reply: string;
}

/** One connection while it lasts. */
interface Live {
  readonly connection: NatsConnection;
  readonly outbox: Outbox<Message>;
  readonly window: SendWindow;
  readonly ends: Map<Subscribing, () => Promise<void>>;
}

/**
 * A connection that is made again, for ever. The client library could reconnect by itself, but then it keeps what is published
 * meanwhile and drops part of it, dials at once after a cut (all clients of a restarted server together) and gives up after the
 * second refusal of its credentials. So each connection is a new one here, and while there is none, nothing is accepted.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #server: ServerUrl;
  readonly #subscribings = new Set<Subscribing>();
  readonly #watchers = new Set<(up: boolean) => void>();
  readonly #onRefusedPublish: (subject: string) => void;
  #live: Live | undefined;
  #undoRedial: Undo = () => {};
  #closed = false;

  private constructor(options: LinkOptions, onRefusedPublish: (subject: string) => void) {
    this.#options = options;
    this.#server = readServerUrl(options.url);
    this.#onRefusedPublish = onRefusedPublish;
  }

  /** Throws UNREACHABLE after `firstConnectMs`, ACCESS_DENIED at once, BAD_OPTION. */
  static async open(options: LinkOptions, first: Subscribing, onRefusedPublish: (subject: string) => void): Promise<Link> {
    const link = new Link(options, onRefusedPublish);
    link.#subscribings.add(first);
    await link.#dialFirst();
    return link;
  }

  get url(): string {
    return this.#server.shown;
  }

  get up(): boolean {
    return this.#live !== undefined;
  }

  /** Too much was written that the server has not read. */
  get full(): boolean {
    return this.#live?.window.full ?? false;
  }

  /** Of the server. */
  get version(): string {
    return this.#live?.connection.info?.version ?? '';
  }

  get maxPayload(): number {
    return this.#live?.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /** `false`: there is no connection, or it has ended just now. */
  publish(subject: string, body: Uint8Array, reply = ''): boolean {
    const live = this.#live;
    if (!live || live.connection.isClosed()) return false;
    live.outbox.add({ subject, body, reply });
    live.window.wrote(subject.length + reply.length + body.length);
    return true;
  }

  /** Subscribes now, when there is a connection, and on every later one. Throws ACCESS_DENIED. */
  async subscribe(subscribing: Subscribing): Promise<void> {
    this.#subscribings.add(subscribing);
    const live = this.#live;
    if (!live) return;
    try {
      const denied = this.#attach(live, subscribing);
      await live.connection.flush();
      if (denied()) fail('ACCESS_DENIED', { url: this.url, subject: subscribing.pattern });
    } catch (error) {
      if (codeOf(error) !== 'ACCESS_DENIED') return; // the connection was lost meanwhile; the next one subscribes
      this.#subscribings.delete(subscribing);
      throw error;
    }
  }

  /** Resolves when messages already on their way have been handed over. */
  async unsubscribe(subscribing: Subscribing): Promise<void> {
    if (!this.#subscribings.delete(subscribing)) return;
    const end = this.#live?.ends.get(subscribing);
    this.#live?.ends.delete(subscribing);
    await end?.().catch(() => {}); // the connection is lost: nothing is on its way any more
  }

  watch(notify: (up: boolean) => void): Undo {
    this.#watchers.add(notify);
    notify(this.up);
    return () => void this.#watchers.delete(notify);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#undoRedial();
    if (!this.#live) return;
    const { connection, outbox } = this.#live;
    outbox.flush();
    await this.#within(NATS_LIMITS.drainMs, connection.drain());
    await connection.close();
  }

  #within(ms: number, done: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const undo = this.#options.clock.after(ms, resolve);
      done.finally(undo).then(resolve, () => resolve());
    });
  }

  async #dialFirst(): Promise<void> {
    const { clock, firstConnectMs = NATS_LIMITS.firstConnectMs } = this.#options;
    const giveUpAt = clock.monotonic() + firstConnectMs;
    for (let tries = 0; ; tries++) {
      const failure = await this.#dial();
      if (!failure) return;
      if (failure.code === 'ACCESS_DENIED') throw failure;
      const waitMs = this.#waitMs(tries);
      if (clock.monotonic() + waitMs >= giveUpAt) throw failure;
      await sleep(clock, waitMs);
    }
  }

  #redialLater(tries: number): void {
    if (this.#closed) return;
    this.#undoRedial = this.#options.clock.after(this.#waitMs(tries), async () => {
      const failure = await this.#dial();
      if (!failure) return;
      if (tries === 0 || failure.code === 'ACCESS_DENIED') this.#options.log.warn({ err: failure, tries }, 'nats reconnect failed');
      this.#redialLater(tries + 1);
    });
  }

  #waitMs(tries: number): number {
    return redialMs(tries, NATS_LIMITS, this.#options.random);
  }

  /** One try. Up only once the server has taken the credentials and every subscription. */
  async #dial(): Promise<TiercelError | undefined> {
    let connection: NatsConnection | undefined;
    try {
      connection = await connect(this.#connectOptions());
      const live = liveOf(connection);
      const denials = [...this.#subscribings].map((each) => ({ each, denied: this.#attach(live, each) }));
      await connection.flush();
      const refused = denials.find(({ denied }) => denied());
      if (refused) fail('ACCESS_DENIED', { url: this.url, subject: refused.each.pattern });
      this.#went(live);
      return undefined;
    } catch (error) {
      await connection?.close();
      return this.#explain(error);
    }
  }

  #connectOptions() {
    const { name, random, creds, noEcho = false, user = this.#server.user, pass = this.#server.pass } = this.#options;
    const { pingMinMs, pingMaxMs, pingsOut, dialMs } = NATS_LIMITS;
    return {
      servers: this.#server.servers,
      name,
      reconnect: false,
      noAsyncTraces: true,
      noEcho,
      timeout: dialMs,
      pingInterval: Math.round(pingMinMs + random.next() * (pingMaxMs - pingMinMs)),
      maxPingOut: pingsOut,
      ...(this.#server.tls && { tls: {} }),
      ...(user !== undefined && { user, pass: pass ?? '' }),
      ...(creds !== undefined && { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) }),
    };
  }

  /** Returns a look at whether the server has refused it; true answers are in after a flush. */
  #attach(live: Live, subscribing: Subscribing): () => boolean {
    let denied = false;
    const subscription = live.connection.subscribe(subscribing.pattern, {
      ...(subscribing.group !== undefined && { queue: subscribing.group }),
      callback: (error, message) => {
        if (error) denied = true;
        else subscribing.onMessage(message);
      },
    });
    live.ends.set(subscribing, () => subscription.drain());
    return () => denied;
  }

  #went(live: Live): void {
    if (this.#closed) return void live.connection.close();
    this.#live = live;
    live.connection.closed().then((error) => this.#lost(error));
    void this.#followStatus(live.connection.status());
    this.#options.log.info({ url: this.url }, 'nats connected');
    for (const notify of this.#watchers) notify(true);
  }

  #lost(error: unknown): void {
    this.#live = undefined;
    if (!this.#closed) this.#options.log.warn({ url: this.url, err: error ?? undefined }, 'nats connection lost');
    for (const notify of this.#watchers) notify(false);
    this.#redialLater(0);
  }

  async #followStatus(statuses: AsyncIterable<Status>): Promise<void> {
    for await (const status of statuses) {
      const refusal = status.permissionContext;
      if (refusal?.operation === 'publish') this.#onRefusedPublish(refusal.subject);
      else if (refusal) this.#options.log.error({ subject: refusal.subject }, 'nats subscription refused');
    }
  }

  #explain(error: unknown): TiercelError {
    if (error instanceof TiercelError) return error;
    const { code, message } = error as NatsError;
    const denied = code === 'AUTHORIZATION_VIOLATION' || code === 'BAD_AUTHENTICATION' || code === 'AUTHENTICATION_EXPIRED';
    return new TiercelError(denied ? 'ACCESS_DENIED' : 'UNREACHABLE', { url: this.url, reason: message || code }, error);
  }
}

function liveOf(connection: NatsConnection): Live {
  return {
    connection,
    outbox: new Outbox((messages) => {
      for (const { subject, body, reply } of messages) if (!connection.isClosed()) connection.publish(subject, body, { reply });
    }),
    window: new SendWindow(() => connection.flush()),
    ends: new Map(),
  };
}

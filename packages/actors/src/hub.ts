import { Ask, type Patience } from './ask.js';
import { ActorError } from './error.js';
import { realClock, realRandom } from './real.js';
import { soon } from './soon.js';
import { requireToken, subjectMatcher } from './subject.js';
import { type Clock, intBelow, type Random } from './time.js';
import type { Inbound, Transport } from './transport.js';

/** A message between two connections, as fault hooks see it. */
export interface Delivery {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly kind: 'request' | 'reply' | 'send';
}

/** When a message arrives: one delay in milliseconds for each arrival. None: it is lost; two: it is repeated. */
export type DeliveryPlan = (delivery: Delivery) => readonly number[];

/** A transport within one process. What works over it works over a wire, since it carries nothing but bytes. */
export interface Hub {
  /** `name` is what {@link Delivery} calls this end; `clock` times its requests and what is delivered to it. */
  connect(name?: string, clock?: Clock): HubConnection;
  /** From now on messages arrive as `plan` says; `undefined`: at once, in the next microtask. */
  onDeliver(plan: DeliveryPlan | undefined): void;
}

export interface HubConnection extends Transport {
  /** Gone without a word: it serves nothing, and nothing it asked is settled by this. */
  sever(): void;
}

export interface HubOptions {
  readonly clock?: Clock;
  /** Chooses among the members of a queue group. */
  readonly random?: Random;
  /** Largest body; 1 MiB by default, as a NATS server has it. */
  readonly maxBytes?: number;
}

interface Server {
  readonly connection: Connection;
  readonly matches: (subject: string) => boolean;
  readonly group: string | undefined;
  readonly handle: (message: Inbound) => void;
}

/** Servers a message may go to: one of each list gets it. */
type Route = readonly (readonly Server[])[];

const MAX_ROUTES = 10_000;

export function createHub({ clock = realClock, random = realRandom, maxBytes = 1_048_576 }: HubOptions = {}): Hub {
  const exchange = new Exchange(random, maxBytes);
  let connections = 0;
  return {
    connect: (name = `connection-${++connections}`, own = clock) => new Connection(exchange, name, own),
    onDeliver: (plan) => {
      exchange.plan = plan;
    },
  };
}

/** Who serves what, and how messages travel. */
class Exchange {
  readonly maxBytes: number;
  plan: DeliveryPlan | undefined;
  readonly #random: Random;
  readonly #servers = new Set<Server>();
  /** Routes by subject; forgotten whenever a server comes or goes. */
  readonly #routes = new Map<string, Route>();

  constructor(random: Random, maxBytes: number) {
    this.#random = random;
    this.maxBytes = maxBytes;
  }

  add(server: Server): void {
    this.#servers.add(server);
    this.#routes.clear();
  }

  remove(server: Server): void {
    if (this.#servers.delete(server)) this.#routes.clear();
  }

  removeAllOf(connection: Connection): void {
    for (const server of this.#servers) if (server.connection === connection) this.remove(server);
  }

  serves(server: Server): boolean {
    return this.#servers.has(server);
  }

  /** One member of each group that serves `subject`, and all who serve it without a group. */
  choose(subject: string): Server[] {
    const route = this.#routes.get(subject) ?? this.#findRoute(subject);
    return route.map((members) => members[members.length === 1 ? 0 : intBelow(this.#random, members.length)] as Server);
  }

  /** Lets `arrive` happen at `to`, never within this call. */
  carry(delivery: Delivery, to: Connection, arrive: () => void): void {
    if (!this.plan) soon(arrive);
    else for (const delayMs of this.plan(delivery)) to.clock.after(delayMs, arrive);
  }

  #findRoute(subject: string): Route {
    for (const token of subject.split('.')) requireToken(token);
    const groups = new Map<unknown, Server[]>();
    for (const server of this.#servers) {
      if (!server.matches(subject)) continue;
      const key = server.group ?? server;
      const members = groups.get(key);
      if (members) members.push(server);
      else groups.set(key, [server]);
    }
    const route = [...groups.values()];
    if (this.#routes.size >= MAX_ROUTES) this.#routes.clear();
    this.#routes.set(subject, route);
    return route;
  }
}

class Connection implements HubConnection {
  readonly name: string;
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly #exchange: Exchange;
  readonly #asks = new Set<Ask<Uint8Array>>();
  readonly #watchers = new Set<(up: boolean) => void>();
  #closed = false;

  constructor(exchange: Exchange, name: string, clock: Clock) {
    this.#exchange = exchange;
    this.name = name;
    this.clock = clock;
    this.maxBytes = exchange.maxBytes;
  }

  async serve(
    pattern: string,
    handle: Server['handle'],
    { group }: { readonly group?: string } = {},
  ): Promise<() => Promise<void>> {
    if (this.#closed) throw new ActorError('STOPPED');
    const server: Server = { connection: this, matches: subjectMatcher(pattern), group, handle };
    this.#exchange.add(server);
    return async () => this.#exchange.remove(server);
  }

  send(subject: string, body: Uint8Array): boolean {
    if (this.#closed || body.byteLength > this.maxBytes) return false;
    const servers = this.#exchange.choose(subject);
    for (const server of servers) this.#hand('send', server, { subject, body });
    return servers.length > 0;
  }

  async request(subject: string, body: Uint8Array, patience: Patience): Promise<Uint8Array> {
    if (this.#closed) throw new ActorError('STOPPED');
    this.#requireFitting(body);
    const servers = this.#exchange.choose(subject);
    const ask: Ask<Uint8Array> = new Ask(() => this.#asks.delete(ask));
    this.#asks.add(ask);
    ask.arm(this.clock, patience);
    if (servers.length === 0) this.#returnUnserved(subject, ask);
    for (const server of servers) {
      const respond = (reply: Uint8Array) => this.#takeReply(subject, server, ask, reply);
      this.#hand('request', server, { subject, body, respond });
    }
    return ask.promise;
  }

  watch(notify: (up: boolean) => void): () => void {
    this.#watchers.add(notify);
    notify(!this.#closed);
    return () => this.#watchers.delete(notify);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.sever();
    for (const ask of this.#asks) ask.reject(new ActorError('STOPPED'));
    for (const notify of this.#watchers) notify(false);
  }

  sever(): void {
    this.#closed = true;
    this.#exchange.removeAllOf(this);
  }

  #hand(kind: 'request' | 'send', server: Server, message: Inbound): void {
    const delivery = { from: this.name, to: server.connection.name, subject: message.subject, kind };
    this.#exchange.carry(delivery, server.connection, () => {
      if (this.#exchange.serves(server)) server.handle(message);
    });
  }

  #takeReply(subject: string, server: Server, ask: Ask<Uint8Array>, reply: Uint8Array): void {
    server.connection.#requireFitting(reply);
    const delivery: Delivery = { from: server.connection.name, to: this.name, subject, kind: 'reply' };
    this.#exchange.carry(delivery, this, () => ask.resolve(reply));
  }

  /** The notice comes from the hub itself, as it does from a NATS server. */
  #returnUnserved(subject: string, ask: Ask<Uint8Array>): void {
    const delivery: Delivery = { from: '', to: this.name, subject, kind: 'reply' };
    this.#exchange.carry(delivery, this, () => ask.reject(new ActorError('UNREACHABLE', { subject })));
  }

  #requireFitting(body: Uint8Array): void {
    const { maxBytes } = this;
    if (body.byteLength > maxBytes) throw new ActorError('PAYLOAD_TOO_LARGE', { bytes: body.byteLength, maxBytes });
  }
}

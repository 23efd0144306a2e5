import { Ask, type Patience } from './ask.js';
import { ActorError } from './error.js';
import { type Delivery, type DeliveryPlan, Exchange, type Server, type Station } from './exchange.js';
import { realClock, realRandom } from './real.js';
import { subjectMatcher } from './subject.js';
import type { Clock, Random } from './time.js';
import type { Inbound, Transport } from './transport.js';

/** A transport within one process. What works over it works over a wire, since it carries nothing but bytes. */
export interface Hub {
  /** `name` is what {@link Delivery} calls this end; `clock` times its requests and what is delivered to it. */
  connect(name?: string, clock?: Clock): HubConnection;
  /** From now on messages arrive as `plan` says; `undefined`: at once, in the next microtask. */
  onDeliver(plan: DeliveryPlan | undefined): void;
}

export interface HubConnection extends Transport {
  /** Gone without a word, as with its process: it serves nothing, says nothing, and nothing it asks is ever settled. */
  sever(): void;
}

export interface HubOptions {
  readonly clock?: Clock;
  /** Chooses among the members of a queue group. */
  readonly random?: Random;
  /** Largest body; 1 MiB by default, as a NATS server has it. */
  readonly maxBytes?: number;
}

export function createHub({ clock = realClock, random = realRandom, maxBytes = 1_048_576 }: HubOptions = {}): Hub {
  const exchange = new Exchange<Connection>(random, maxBytes);
  let connections = 0;
  return {
    connect: (name = `connection-${++connections}`, own = clock) => new Connection(exchange, name, own),
    onDeliver: (plan) => {
      exchange.plan = plan;
    },
  };
}

class Connection implements HubConnection, Station {
  readonly name: string;
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly #exchange: Exchange<Connection>;
  readonly #asks = new Set<Ask<Uint8Array>>();
  readonly #watchers = new Set<(up: boolean) => void>();
  #state: 'open' | 'closed' | 'severed' = 'open';

  constructor(exchange: Exchange<Connection>, name: string, clock: Clock) {
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
    if (this.#state !== 'open') throw new ActorError('STOPPED');
    const server: Server<Connection> = { station: this, matches: subjectMatcher(pattern), group, handle };
    this.#exchange.add(server);
    return async () => this.#exchange.remove(server);
  }

  send(subject: string, body: Uint8Array): boolean {
    if (this.#state !== 'open' || body.byteLength > this.maxBytes) return false;
    const servers = this.#exchange.choose(subject);
    for (const server of servers) this.#hand('send', server, { subject, body });
    return servers.length > 0;
  }

  async request(subject: string, body: Uint8Array, patience: Patience): Promise<Uint8Array> {
    if (this.#state === 'closed') throw new ActorError('STOPPED');
    if (this.#state === 'severed') return new Promise(() => {});
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
    notify(this.#state === 'open');
    return () => this.#watchers.delete(notify);
  }

  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#exchange.removeAll(({ station }) => station === this);
    for (const ask of this.#asks) ask.reject(new ActorError('STOPPED'));
    for (const notify of this.#watchers) notify(false);
  }

  sever(): void {
    this.#state = 'severed';
    this.#exchange.removeAll(({ station }) => station === this);
  }

  #hand(kind: 'request' | 'send', server: Server<Connection>, message: Inbound): void {
    const delivery = { from: this.name, to: server.station.name, subject: message.subject, kind };
    this.#exchange.carry(delivery, server.station, () => {
      if (this.#exchange.has(server)) server.handle(message);
    });
  }

  #takeReply(subject: string, server: Server<Connection>, ask: Ask<Uint8Array>, reply: Uint8Array): void {
    if (server.station.#state === 'severed') return;
    server.station.#requireFitting(reply);
    const delivery: Delivery = { from: server.station.name, to: this.name, subject, kind: 'reply' };
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

import { soon } from './soon.js';
import { requireToken } from './subject.js';
import { type Clock, intBelow, type Random } from './time.js';
import type { Inbound } from './transport.js';

/** A message between two connections, as fault hooks see it. */
export interface Delivery {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly kind: 'request' | 'reply' | 'send';
}

/** When a message arrives: one delay in milliseconds for each arrival. None: it is lost; two: it is repeated. */
export type DeliveryPlan = (delivery: Delivery) => readonly number[];

/** One end of the exchange, as far as delivery needs to know it. */
export interface Station {
  readonly name: string;
  /** Times what is delivered to it. */
  readonly clock: Clock;
}

export interface Server<S extends Station = Station> {
  readonly station: S;
  readonly matches: (subject: string) => boolean;
  readonly group: string | undefined;
  readonly handle: (message: Inbound) => void;
}

/** Servers a message may go to: one of each list gets it. */
type Route<S extends Station> = readonly (readonly Server<S>[])[];

const MAX_ROUTES = 10_000;

/** Who serves what, and how messages travel. */
export class Exchange<S extends Station> {
  readonly maxBytes: number;
  plan: DeliveryPlan | undefined;
  readonly #random: Random;
  readonly #servers = new Set<Server<S>>();
  /** Routes by subject; forgotten whenever a server comes or goes. */
  readonly #routes = new Map<string, Route<S>>();

  constructor(random: Random, maxBytes: number) {
    this.#random = random;
    this.maxBytes = maxBytes;
  }

  add(server: Server<S>): void {
    this.#servers.add(server);
    this.#routes.clear();
  }

  remove(server: Server<S>): void {
    if (this.#servers.delete(server)) this.#routes.clear();
  }

  removeAllOf(station: S): void {
    for (const server of this.#servers) if (server.station === station) this.remove(server);
  }

  serves(server: Server<S>): boolean {
    return this.#servers.has(server);
  }

  /** One member of each group that serves `subject`, and all who serve it without a group. */
  choose(subject: string): Server<S>[] {
    const route = this.#routes.get(subject) ?? this.#findRoute(subject);
    return route.map((members) => members[members.length === 1 ? 0 : intBelow(this.#random, members.length)] as Server<S>);
  }

  /** Lets `arrive` happen at `to`, never within this call. */
  carry(delivery: Delivery, to: Station, arrive: () => void): void {
    if (!this.plan) soon(arrive);
    else for (const delayMs of this.plan(delivery)) to.clock.after(delayMs, arrive);
  }

  #findRoute(subject: string): Route<S> {
    for (const token of subject.split('.')) requireToken(token);
    const groups = new Map<unknown, Server<S>[]>();
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

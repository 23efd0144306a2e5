import { type Member, Routes } from './routes.js';
import { soon } from './soon.js';
import type { Clock, Random } from './time.js';
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

export interface Server<S extends Station = Station> extends Member {
  readonly station: S;
  readonly handle: (message: Inbound) => void;
}

/** Who serves what, and how messages travel. */
export class Exchange<S extends Station> extends Routes<Server<S>> {
  readonly maxBytes: number;
  plan: DeliveryPlan | undefined;

  constructor(random: Random, maxBytes: number) {
    super(random);
    this.maxBytes = maxBytes;
  }

  /** Lets `arrive` happen at `to`, never within this call. */
  carry(delivery: Delivery, to: Station, arrive: () => void): void {
    if (!this.plan) soon(arrive);
    else for (const delayMs of this.plan(delivery)) to.clock.after(delayMs, arrive);
  }
}

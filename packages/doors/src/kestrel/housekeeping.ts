import { type Counted, LIMITS, type PurgeState, type QueueView } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { KestrelDesk } from './desk.js';
import type { KnownQueue } from './known-queues.js';

const WAITING = ['ready', 'scheduled'] as const;
const EVERYTHING = ['ready', 'scheduled', 'dead', 'completed', 'cancelled', 'expired'] as const;

/** What is done to queues as a whole, over all tenants that the desk serves. */
export class Housekeeping {
  readonly #desk: KestrelDesk;

  constructor(desk: KestrelDesk) {
    this.#desk = desk;
  }

  /** Forgets the items that wait; what is open stays so. */
  async flush(known: KnownQueue): Promise<void> {
    if (await this.#desk.isAlias(known.queue)) return;
    known.tally.flushes++;
    await this.#purge(known.queue, WAITING);
  }

  async flushAll(): Promise<void> {
    const looks = await this.look();
    const queues = new Set(looks.flatMap(({ queue, view }) => (view && view.ready + view.scheduled > 0 ? queue : [])));
    for (const known of this.#desk.queues.all()) if (known.made && !queues.has(known.queue)) known.tally.flushes++;
    for (const queue of queues) {
      const known = this.#desk.queues.named(queue);
      if (known) await this.flush(known);
    }
  }

  /** Forgets all of a queue, what is open too; a child is not fed any more. Settings stay, and so do the children of a parent. */
  async delete(known: KnownQueue): Promise<void> {
    const { desk, queue, parent } = { desk: this.#desk, ...known };
    if (await desk.isAlias(queue)) return;
    await desk.unmake(known);
    await desk.settled(); // what is on its way to be forgotten as done is forgotten with the rest
    if (parent !== undefined) await desk.children.remove(queue, parent);
    await this.#purge(queue, EVERYTHING);
  }

  /** How many expired since this was asked last: the storage lets nothing that is over lie. */
  async flushExpired(known: KnownQueue): Promise<number> {
    return this.#expired(known, await this.look());
  }

  async flushAllExpired(): Promise<number> {
    const looks = await this.look();
    const names = new Set(looks.map(({ queue }) => queue));
    let expired = 0;
    for (const name of names) {
      const known = this.#desk.queues.named(name);
      if (known) expired += this.#expired(known, looks);
    }
    return expired;
  }

  /** Queues of all tenants that the desk serves, one by one. */
  async look(): Promise<readonly Look[]> {
    const tenants = await this.#desk.tenants.with('');
    return (await Promise.all(tenants.map((tenant) => this.#lookAt(tenant)))).flat();
  }

  async #lookAt(tenant: string): Promise<readonly Look[]> {
    const { brokers } = this.#desk;
    const [{ queues }, { counters }] = await Promise.all([
      brokers.askAgain(tenant, 'queues', {}),
      brokers.askAgain(tenant, 'counters', {}),
    ]);
    const looks = new Map<string, Look>(queues.map((view) => [view.queue, { queue: view.queue, view, counted: [] }]));
    for (const each of counters) {
      const look = looks.get(each.queue) ?? { queue: each.queue, view: undefined, counted: [] };
      looks.set(each.queue, { ...look, counted: [...look.counted, each] });
    }
    return [...looks.values()];
  }

  #expired({ queue, tally }: KnownQueue, looks: readonly Look[]): number {
    const all = expiredOf(looks.filter((look) => look.queue === queue)) + tally.overOnArrival;
    const news = Math.max(0, all - tally.expiredTold);
    tally.expiredTold = all;
    return news;
  }

  async #purge(queue: string, states: readonly PurgeState[]): Promise<void> {
    const { brokers, tenants } = this.#desk;
    for (const tenant of await tenants.with(queue)) {
      for (let step = 0; step < BOUNDS.flushSteps; step++) {
        const { more } = await brokers.askAgain(tenant, 'purge', { queue, states, limit: LIMITS.purgedAtOnce }, { topic: queue });
        if (!more) break;
      }
    }
  }
}

/** A queue of one tenant, as the brokers see it. */
export interface Look {
  readonly queue: string;
  /** `undefined`: it only was there. */
  readonly view: QueueView | undefined;
  readonly counted: readonly Counted[];
}

export const expiredOf = (looks: readonly Look[]): number =>
  looks.flatMap(({ counted }) => counted).reduce((sum, { expired }) => sum + expired, 0);

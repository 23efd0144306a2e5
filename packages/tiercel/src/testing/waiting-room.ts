import type { AskOptions, Clock, Ref } from '@tiercel/actors';
import type { BrokerProtocol, Demand, ReserveReply } from '@tiercel/protocol';
import type { StoreVerb } from '@tiercel/store';

/** Calls after which jobs may be ready that were not. */
const BRINGS: readonly StoreVerb[] = ['enqueue', 'settle', 'promote', 'reap', 'revive', 'control'];

/**
 * Where a worker's reserves wait instead of at the broker. From here they go on only while time is let pass, so nothing is handed out
 * behind the back of a test; and only when something may be ready, so that an idle month costs nothing.
 */
export class WaitingRoom {
  readonly #clock: Clock;
  /** Whether something may be ready. */
  #open = false;
  #opening = false;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The storage was called. */
  called(verb: StoreVerb, items: number): void {
    if (items > 0 && BRINGS.includes(verb)) this.#reopen();
  }

  /** A broker whose reserves wait here. */
  before(broker: Ref<BrokerProtocol>): Ref<BrokerProtocol> {
    return {
      path: broker.path,
      tell: (kind, body, topic) => broker.tell(kind, body, topic),
      ask: (kind, body, options) =>
        kind === 'reserve'
          ? (this.#come(broker, body as Demand, options) as ReturnType<typeof broker.ask<typeof kind>>)
          : broker.ask(kind, body, options),
    };
  }

  /** Of a reserve that settles, what it settles: with it nobody waits, and the worker comes again. */
  async #come(broker: Ref<BrokerProtocol>, demand: Demand, options: AskOptions): Promise<ReserveReply> {
    const { settlements, acks } = demand;
    if (!settlements) return this.#reserve(demand, (asked) => broker.ask('reserve', asked, options));
    const { verdicts } = await broker.ask('settle', { settlements, acks }, options);
    return { jobs: [], deliveryLeaseMs: 1, verdicts };
  }

  /** Answered with jobs. The worker counts their lease from when it asked, so it is told for how long it waited here. */
  async #reserve(demand: Demand, ask: (demand: Demand) => Promise<ReserveReply>): Promise<ReserveReply> {
    const cameAt = this.#clock.monotonic();
    for (;;) {
      await this.#enter();
      const waitedMs = Math.floor(this.#clock.monotonic() - cameAt);
      let isEmpty = false;
      try {
        const { jobs, deliveryLeaseMs } = await ask({ ...demand, parkMs: 0 });
        isEmpty = jobs.length === 0;
        if (!isEmpty) return { jobs, deliveryLeaseMs: deliveryLeaseMs + waitedMs };
      } finally {
        if (!isEmpty) this.#reopen(); // there may be more
      }
    }
  }

  #enter(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#open) this.#reopen();
    });
  }

  #reopen(): void {
    this.#open = true;
    if (this.#opening || this.#waiting.length === 0) return;
    this.#opening = true;
    this.#clock.after(0, () => {
      this.#opening = false;
      this.#open = false;
      for (const enter of this.#waiting.splice(0)) enter();
    });
  }
}

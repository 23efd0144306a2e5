import type { Delivery, DeliveryPlan } from '@tiercel/actors';
import type { Coverage } from './coverage.js';
import type { Dice } from './dice.js';
import type { Rates } from './faults.js';

export interface WireOptions {
  readonly dice: Dice;
  readonly rates: () => Rates;
  readonly now: () => number;
  readonly coverage: Coverage;
  /** Gets every message; the hash of the trace has them anyway. */
  readonly note?: ((line: string) => void) | undefined;
}

/** Verbs whose answer tells of a deed. */
const DEEDS = new Set(['enqueue', 'reserve', 'extend', 'settle', 'cancel', 'revive']);
const NEVER: readonly number[] = [];

/** The ways between nodes. Without faults messages from one to another stay in order, as on one connection. */
export class Wire {
  readonly #options: WireOptions;
  /** One-way cuts, `from>to`. */
  readonly #cuts = new Set<string>();
  /** Latest arrival on each way. */
  readonly #latest = new Map<string, number>();

  constructor(options: WireOptions) {
    this.#options = options;
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  mend(from: string, to: string): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  mendAll(): void {
    this.#cuts.clear();
  }

  readonly plan: DeliveryPlan = (delivery) => {
    const ways = this.#ways(delivery);
    this.#options.note?.(
      `${delivery.kind} ${delivery.from}>${delivery.to} ${delivery.subject} ${ways.map((ms) => Math.round(ms))}`,
    );
    return ways;
  };

  #ways(delivery: Delivery): readonly number[] {
    const { dice, rates, coverage } = this.#options;
    const rate = rates();
    const link = `${delivery.from}>${delivery.to}`;
    if (this.#cuts.has(link)) {
      coverage.saw('partition');
      return NEVER;
    }
    if (dice.chance(rate['message lost'])) {
      coverage.saw('message lost');
      return NEVER;
    }
    if (delivery.kind === 'reply' && DEEDS.has(verbOf(delivery.subject)) && dice.chance(rate['reply lost after the deed'])) {
      coverage.saw('reply lost after the deed');
      return NEVER;
    }
    const way = this.#way(link, rate);
    if (!dice.chance(rate['message repeated'])) return [way];
    coverage.saw('message repeated');
    return [way, way + dice.between(0.1, dice.pick([5, 500, 7_000]))];
  }

  #way(link: string, rate: Rates): number {
    const { dice, now, coverage } = this.#options;
    let way = dice.between(0.1, 2);
    if (dice.chance(rate['message delayed'])) {
      way += dice.between(50, dice.pick([500, 3_000, 9_000]));
      coverage.saw('message delayed');
    }
    const latest = this.#latest.get(link) ?? 0;
    if (dice.chance(rate['message reordered'])) {
      if (now() + way < latest) coverage.saw('message reordered');
      return way;
    }
    const arrival = Math.max(latest + 0.001, now() + way);
    this.#latest.set(link, arrival);
    return arrival - now();
  }
}

const verbOf = (subject: string): string => subject.split('.')[3] ?? '';

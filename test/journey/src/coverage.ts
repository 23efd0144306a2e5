import { FAULTS } from './faults.js';

/** Every way in, through and out of the life of a job that a run of many seeds has to pass. */
const EXITS = [
  'enqueued',
  'enqueued for a date',
  'duplicate',
  'duplicate id',
  'granted',
  'promoted',
  'extended',
  'ack',
  'release',
  'bury',
  'spent',
  'told OK_ALREADY',
  'told LEASE_LOST',
  'reaped undelivered',
  'reaped lost',
  'reaped of a gone owner',
  'poison',
  'cancelled while ready or scheduled',
  'cancelled while leased',
  'expired',
  'paused with work in it',
  'resumed with work in it',
  'revived',
  'pruned',
  'ran beyond its lease',
  'effect refused by its fence',
  'foreign lease refused',
] as const;
export const KINDS = [...FAULTS, ...EXITS] as const;
export type Kind = (typeof KINDS)[number];

/** How often each kind was seen to have an effect in one world. */
export class Coverage {
  readonly counts = new Map<Kind, number>();

  saw(kind: Kind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}

/** In how many of many worlds each kind was seen. */
export class CoverageTable {
  worlds = 0;
  readonly #worlds = new Map<Kind, number>();
  readonly #times = new Map<Kind, number>();

  add(counts: ReadonlyMap<Kind, number>): void {
    this.worlds++;
    for (const [kind, times] of counts) {
      this.#worlds.set(kind, (this.#worlds.get(kind) ?? 0) + 1);
      this.#times.set(kind, (this.#times.get(kind) ?? 0) + times);
    }
  }

  missing(): readonly Kind[] {
    return KINDS.filter((kind) => !this.#worlds.has(kind));
  }

  toString(): string {
    const rows = KINDS.map((kind) => `${kind.padEnd(36)} ${column(this.#worlds.get(kind))} ${column(this.#times.get(kind))}`);
    return [`${`of ${this.worlds} seeds`.padEnd(36)} ${'seeds'.padStart(8)} ${'times'.padStart(8)}`, ...rows].join('\n');
  }
}

const column = (count = 0): string => String(count).padStart(8);

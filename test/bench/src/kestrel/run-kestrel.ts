import { behind } from './behind.js';
import { openDoor } from './door.js';
import { flood } from './flood.js';
import { idle } from './idle.js';
import type { Bench, Figure, Knobs } from './knobs.js';
import { manyClients } from './many-clients.js';
import { packing } from './packing.js';
import { putMany } from './put-many.js';

const COMMON: Knobs = {
  store: 'memory',
  clients: 100,
  items: 10_000,
  bytes: 1_024,
  batch: 1,
  queues: 1,
  cycles: 10,
  producers: 1,
  consumers: 1,
  prefill: 0,
  kill: 0,
  blocking: false,
  get: false,
};

interface Named {
  readonly bench: Bench;
  readonly knobs: Knobs;
  /** What Kestrel's README of 2010 has for the first figure, on the laptop of its author. */
  readonly published?: number;
}

/** The load scripts that came with Kestrel, by their names and with their defaults, and two more: `idle`, `behind`. */
export const KESTREL_BENCHES: Readonly<Record<string, Named>> = {
  'put-many': { bench: putMany, knobs: { ...COMMON, items: 100_000 }, published: 16_300 },
  packing: { bench: packing, knobs: { ...COMMON, items: 25_000, batch: 100, cycles: 4 }, published: 5_000 },
  flood: { bench: flood, knobs: COMMON, published: 6_400 },
  'many-clients': { bench: manyClients, knobs: { ...COMMON, items: 1_000, kill: 50 } },
  idle: { bench: idle, knobs: { ...COMMON, clients: 10_000 } },
  behind: { bench: behind, knobs: { ...COMMON, bytes: 100, items: 50_000, batch: 100, prefill: 1_000_000, cycles: 2 } },
};

export interface KestrelReport {
  readonly name: string;
  readonly knobs: Knobs;
  readonly figures: readonly Figure[];
  /** The first figure as a multiple of what was published for Kestrel. */
  readonly timesPublished?: number;
}

/** Runs one against a door of its own. Throws when items were lost or came twice. */
export async function runKestrel(name: string, told: Partial<Knobs>): Promise<KestrelReport> {
  const { bench, knobs: defaults, published } = KESTREL_BENCHES[name] as Named;
  const knobs = { ...defaults, ...told };
  const door = await openDoor(knobs.store);
  try {
    const figures = await bench(door.port, knobs, door.pid);
    const first = figures[0]?.value ?? Number.NaN;
    return { name, knobs, figures, ...(published && { timesPublished: first / published }) };
  } finally {
    await door.close();
  }
}

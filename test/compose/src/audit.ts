import { eventually, pause } from '@tiercel/test-support';
import type { Tiercel } from 'tiercel';
import type { Ledger, Note } from './ledger.js';
import { type Load, TENANTS } from './load.js';

const DRAINED_MS = 90_000;
const LOOK_MS = 100;

/** What became of the jobs of one load. */
export interface Audit {
  readonly acknowledged: number;
  readonly refused: number;
  /** Acknowledged, and neither performed to the end nor among the dead. */
  readonly lost: readonly string[];
  readonly dead: number;
  /** Begun again though begun before. */
  readonly duplicates: number;
  /** How many of those were begun by which containers one after the other. */
  readonly begunBy: Readonly<Record<string, number>>;
  /** Acknowledged, of all tenants, less what was acked and what died: 0, unless enqueues were refused. */
  readonly unsettled: number;
}

/** What storage counts of each tenant's jobs. */
export async function counted(tiercel: Tiercel): Promise<{ settled: number; enqueued: number }> {
  const all = (await Promise.all(TENANTS.map((name) => tiercel.tenant(name).jobs.counters()))).flat();
  const sum = (key: 'succeeded' | 'dead' | 'enqueued') => all.reduce((total, counts) => total + counts[key], 0);
  return { settled: sum('succeeded') + sum('dead'), enqueued: sum('enqueued') };
}

/** Waits until nothing is left to do, then compares what was promised with what was done. `before` is from before the load. */
export async function audit(tiercel: Tiercel, load: Load, ledger: Ledger, before: { settled: number }): Promise<Audit> {
  await eventually(() => isEmpty(tiercel), { withinMs: DRAINED_MS, what: 'empty queues' });
  const dead = await Promise.all(TENANTS.map((name) => tiercel.tenant(name).jobs.list({ state: 'dead', limit: 100 })));
  const deadIds = new Set(dead.flatMap(({ jobs }) => jobs).map(({ id }) => id));
  const notes = ledger.read().filter(({ id }) => load.acknowledged.has(id));
  const ended = new Set(notes.filter(({ event }) => event === 'ended').map(({ id }) => id));
  const begun = notes.filter(({ event }) => event === 'began').map(({ id }) => id);
  const { settled } = await counted(tiercel);
  return {
    acknowledged: load.acknowledged.size,
    refused: load.refused,
    lost: [...load.acknowledged.keys()].filter((id) => !ended.has(id) && !deadIds.has(id)),
    dead: [...deadIds].filter((id) => load.acknowledged.has(id)).length,
    duplicates: begun.length - new Set(begun).size,
    begunBy: begunBy(notes.filter(({ event }) => event === 'began')),
    unsettled: load.acknowledged.size - (settled - before.settled),
  };
}

function begunBy(notes: readonly Note[]): Record<string, number> {
  const hosts = new Map<string, string[]>();
  for (const { id, host } of notes) hosts.set(id, [...(hosts.get(id) ?? []), host]);
  const counts: Record<string, number> = {};
  for (const some of hosts.values()) if (some.length > 1) counts[some.join(' ')] = (counts[some.join(' ')] ?? 0) + 1;
  return counts;
}

async function isEmpty(tiercel: Tiercel): Promise<boolean> {
  const queues = (await Promise.all(TENANTS.map((name) => tiercel.tenant(name).jobs.queues()))).flat();
  await pause(LOOK_MS);
  return queues.length > 0 && queues.every(({ ready, scheduled, leased }) => ready + scheduled + leased === 0);
}

import type { JobView } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { type Entry, isWaiting } from './entry.js';
import type { Judge } from './judge.js';
import type { Ledger } from './ledger.js';

const COMPARED = ['state', 'attempt', 'spent', 'undelivered', 'lostLeases', 'cancelRequested', 'owner'] as const;

/** Compares what the storage says of these jobs with what the ledger says. */
export async function audit(store: JobStore, ledger: Ledger, judge: Judge, entries: Iterable<Entry>): Promise<void> {
  const tenants = new Map<string, Entry[]>();
  for (const entry of entries) {
    const mine = tenants.get(entry.given.tenant);
    if (mine) mine.push(entry);
    else tenants.set(entry.given.tenant, [entry]);
  }
  for (const [tenant, mine] of tenants) {
    const views = await store.find(
      tenant,
      mine.map(({ given }) => given.id),
      { payload: false },
    );
    for (const [at, entry] of mine.entries()) compare(ledger, judge, entry, views[at] ?? null);
  }
}

function compare(ledger: Ledger, judge: Judge, entry: Entry, view: JobView | null): void {
  const { tenant, id } = entry.given;
  if (view === null) {
    if (entry.state !== 'gone') ledger.forgotten(entry);
    return;
  }
  if (view.tenant !== tenant || view.id !== id)
    judge.blame('tenants never mix', { asked: `${tenant}/${id}`, got: `${view.tenant}/${view.id}` });
  if (view.state === 'expired') ledger.mayHaveExpired(entry);
  const differs = COMPARED.find((key) => view[key] !== entry[key]);
  if (differs)
    judge.blame('the record says what the ledger says', {
      tenant,
      id,
      field: differs,
      record: view[differs],
      ledger: entry[differs],
    });
}

const COUNTED = ['ready', 'scheduled', 'leased', 'dead', 'finished', 'bytes'] as const;
const KIND_OF = {
  ready: 'ready',
  scheduled: 'scheduled',
  leased: 'leased',
  dead: 'dead',
  completed: 'finished',
  cancelled: 'finished',
  expired: 'finished',
} as const;

/**
 * Enqueued = ready + scheduled + leased + dead + finished + forgotten, for each queue of each tenant; and nothing beside. So with the bytes
 * of what waits.
 */
export async function countAll(store: JobStore, ledger: Ledger, judge: Judge, tenants: readonly string[]): Promise<void> {
  const counts = new Map<string, number>();
  const add = (key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count);
  for (const entry of ledger.entries.values()) {
    const { state, given } = entry;
    if (state === 'gone') continue;
    add(`${given.tenant}/${given.queue}/${KIND_OF[state]}`, 1);
    if (isWaiting(entry)) add(`${given.tenant}/${given.queue}/bytes`, given.payload.length);
  }
  for (const tenant of tenants)
    for (const { queue, ...said } of await store.queues(tenant)) {
      if (said.paused !== ledger.isPaused(tenant, queue))
        judge.blame('what is paused is not handed out', { tenant, queue, said: said.paused });
      for (const kind of COUNTED) {
        const key = `${tenant}/${queue}/${kind}`;
        const count = said[kind];
        if (count !== (counts.get(key) ?? 0)) judge.blame('counts conserve', { key, said: count, due: counts.get(key) ?? 0 });
        counts.delete(key);
      }
    }
  for (const [key, due] of counts) judge.blame('counts conserve', { key, said: 0, due });
}

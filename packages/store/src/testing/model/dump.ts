import { type JobState, type JobView, type Quarantined, type ReadyPair, STATES } from '@tiercel/protocol';
import type { JobStore } from '../../job-store.js';
import type { Game } from './game.js';
import { IDS, QUEUES, TENANTS } from './world.js';

/** Pages that nobody should ever need. */
const PAGES = 200;

/** Compares everything that can be seen of both stores. */
export async function compareAll(game: Game): Promise<void> {
  for (const tenant of TENANTS) await compareTenant(game, tenant);
  for (const shard of new Set(TENANTS.map((tenant) => game.shardOf(tenant)))) {
    for (const queue of ['', ...QUEUES])
      await game.duel.ask(`backlog of shard ${shard} '${queue}'`, (store) => wholeBacklog(store, shard, queue));
    if (game.duel.can('counters')) await game.duel.ask(`totals of shard ${shard}`, (store) => store.totals(shard));
  }
}

async function compareTenant({ duel }: Game, tenant: string): Promise<void> {
  const views = await duel.ask(`find all of ${tenant}`, (store) => store.find(tenant, IDS, { payload: true }));
  for (const view of views) if (view) count(duel, view);
  await duel.ask(`queues of ${tenant}`, (store) => store.queues(tenant));
  if (duel.can('settings')) await duel.ask(`settings of ${tenant}`, (store) => store.settings(tenant));
  if (duel.can('counters')) await duel.ask(`counters of ${tenant}`, (store) => store.counters(tenant));
  if (duel.can('quarantine')) await compareQuarantined(duel, tenant);
  if (duel.can('listing'))
    for (const state of STATES) await compareList(duel, tenant, { state, queue: '', limit: 5, payload: false });
}

function count(duel: Game['duel'], { state, reason }: JobView): void {
  duel.count(`state ${state}`);
  if (reason === 'DISCARDED' || reason === 'EXPIRED') duel.count(`${state} ${reason}`);
}

interface Listed {
  readonly state: JobState;
  readonly queue: string;
  readonly limit: number;
  readonly payload: boolean;
}

/** All pages. */
export async function compareList(duel: Game['duel'], tenant: string, query: Listed): Promise<void> {
  const what = `list of ${query.state} in '${query.queue}' of ${tenant} by ${query.limit}`;
  await duel.ask(what, (store) =>
    allPages<JobView>(query.limit, async (cursor) => {
      const page = await store.list(tenant, { ...query, cursor });
      return { items: page.jobs, cursor: page.cursor };
    }),
  );
}

/** Bytes of a record are the driver's own. */
async function compareQuarantined(duel: Game['duel'], tenant: string): Promise<void> {
  const ask = (store: JobStore) =>
    allPages<Quarantined>(2, async (cursor) => {
      const page = await store.quarantined(tenant, { cursor, limit: 2 });
      return { items: page.records, cursor: page.cursor };
    });
  const found = await duel.ask(`quarantined of ${tenant}`, ask, (records) => records.map(({ record, ...rest }) => rest));
  if (found.length > 0) duel.count('quarantined');
}

async function allPages<T>(
  limit: number,
  pageAt: (cursor: string) => Promise<{ items: readonly T[]; cursor: string }>,
): Promise<T[]> {
  const found: T[] = [];
  for (let page = 0, cursor = ''; page < PAGES; page++) {
    const reply = await pageAt(cursor);
    if (reply.items.length > limit) throw new Error(`a page of ${reply.items.length} where ${limit} were asked for`);
    found.push(...reply.items);
    cursor = reply.cursor;
    if (cursor === '') return found;
  }
  throw new Error('the pages never end');
}

async function wholeBacklog(store: JobStore, shard: number, queue: string): Promise<ReadyPair[]> {
  const found: ReadyPair[] = [];
  for (let page = 0; page < PAGES; page++) {
    const after = found.at(-1);
    const pairs = await store.backlog(shard, { queue, limit: 2, ...(after && { after }) });
    if (pairs.length === 0) return found;
    found.push(...pairs);
  }
  throw new Error(`the backlog of shard ${shard} never ends`);
}

import type { JobView } from '@tiercel/protocol';
import type { JobStore, ReadyPair } from '../../job-store.js';
import type { Duel } from './duel.js';
import { IDS, QUEUES, TENANTS } from './world.js';

/** Pages that nobody should ever need. */
const PAGES = 200;

/** Compares everything that can be seen of both stores. */
export async function compareAll(duel: Duel): Promise<void> {
  for (const tenant of TENANTS) {
    const views = await duel.ask(`find all of ${tenant}`, (store) => store.find(tenant, IDS, { payload: true }));
    for (const view of views) if (view) duel.count(`state ${view.state}`);
    await duel.ask(`queues of ${tenant}`, (store) => store.queues(tenant));
    for (const queue of ['', ...QUEUES]) await compareDead(duel, tenant, queue, 2);
  }
  for (let shard = 0; shard < duel.model.shards; shard++)
    for (const queue of ['', ...QUEUES])
      await duel.ask(`backlog of shard ${shard} '${queue}'`, (store) => wholeBacklog(store, shard, queue));
}

/** All pages. Across queues only the time of death orders, so jobs of one millisecond are compared queue by queue. */
export async function compareDead(duel: Duel, tenant: string, queue: string, limit: number): Promise<void> {
  await duel.ask(
    `list '${queue}' of ${tenant} by ${limit}`,
    (store) => wholeList(store, tenant, queue, limit),
    (jobs) => jobs.toSorted(byDeath),
  );
}

async function wholeList(store: JobStore, tenant: string, queue: string, limit: number): Promise<JobView[]> {
  const found: JobView[] = [];
  for (let page = 0, cursor = ''; page < PAGES; page++) {
    const reply = await store.list(tenant, { state: 'dead', queue, cursor, limit, payload: false });
    if (reply.jobs.length > limit) throw new Error(`a page of ${reply.jobs.length} where ${limit} were asked for`);
    found.push(...reply.jobs);
    cursor = reply.cursor;
    if (cursor === '') return found;
  }
  throw new Error(`the pages of '${queue}' of ${tenant} never end`);
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

/** Stable: within a queue the order of the store stays. */
function byDeath(a: JobView, b: JobView): number {
  return a.atMs - b.atMs || (a.queue < b.queue ? -1 : a.queue > b.queue ? 1 : 0);
}

import type { JobView } from '@tiercel/protocol';
import type { GoneOwner, JobStore, Reaped, Swept } from '../../job-store.js';
import { aRelease } from '../setup.js';
import type { Game } from './game.js';
import { IDS, TENANTS } from './world.js';

/** Sweeps in a row until nothing more is due. */
const SWEEPS = 100;

/** `cursor` is what the last one answered, '' at first. */
type Sweep = (store: JobStore, cursor: string) => Promise<Swept | Reaped>;

/** Sweeps until nothing more is due, because the port does not say which go first when a limit cuts; compares what was done in all. */
export async function sweepAll(game: Game, kind: 'promote' | 'reap' | 'prune', limit: number, sweep: Sweep): Promise<void> {
  const done = await game.duel.ask(`${kind} by ${limit}`, (store) => sumOf((cursor) => sweep(store, cursor), limit));
  if (done.nextInMs !== undefined) game.nextInMs[kind] = done.nextInMs;
  if (done.moved > 0) game.duel.count(`${kind} moved`);
}

async function sumOf(sweep: (cursor: string) => Promise<Swept | Reaped>, limit: number): Promise<Swept> {
  const pairs = new Map<string, readonly [string, string]>();
  let [moved, cursor] = [0, ''];
  for (let time = 0; time < SWEEPS; time++) {
    const done = await sweep(cursor);
    if (done.moved > limit) throw new Error(`a sweep of ${limit} moved ${done.moved}`);
    moved += done.moved;
    cursor = 'cursor' in done ? done.cursor : '';
    for (const pair of done.ready) pairs.set(pair.join('/'), pair);
    if (done.nextInMs !== 0)
      return { moved, ready: [...pairs.keys()].sort().map((key) => pairs.get(key)!), nextInMs: done.nextInMs, nowMs: done.nowMs };
  }
  throw new Error('the sweep never ends');
}

export async function reapAll(game: Game, shard: number, limit: number, gone: readonly GoneOwner[]): Promise<void> {
  const nowMs = game.see(shard);
  await thinOut(game, shard, (view) => view.atMs <= nowMs || gone.some(({ owner }) => owner === view.owner), gone.length > 0);
  await sweepAll(game, 'reap', limit, (store, cursor) => store.reap(shard, limit, { owners: gone, cursor }));
}

/**
 * The port promises that leases are reaped in the order they end, but nothing of those that end together, nor of gone owners; yet the
 * order shows in who is at the head afterwards. So of such leases of one pair only one is left to the reaper, and the rest released.
 */
async function thinOut(game: Game, shard: number, isLost: (view: JobView) => boolean, anyOwnerGone: boolean): Promise<void> {
  const left = new Set<string>();
  for (const view of await leasedIn(game, shard)) {
    if (!isLost(view)) continue;
    const place = `${view.tenant}/${view.queue}/${anyOwnerGone ? 'any' : view.atMs}`;
    if (left.has(place)) await letGo(game, view);
    left.add(place);
  }
}

async function leasedIn(game: Game, shard: number): Promise<JobView[]> {
  const found: JobView[] = [];
  for (const tenant of TENANTS) {
    if (game.shardOf(tenant) !== shard) continue;
    for (const view of await game.duel.model.find(tenant, IDS, { payload: false })) if (view?.state === 'leased') found.push(view);
  }
  return found;
}

async function letGo(game: Game, { tenant, id }: JobView): Promise<void> {
  const settlement = { ...game.past.lastGrant(tenant, id)!, ...aRelease({ spend: false, reason: 'let go' }) };
  await game.duel.ask(`release ${id} of ${tenant}`, (store) => store.settle([settlement]));
  game.past.settled(settlement);
}

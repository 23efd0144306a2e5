import type { ReadyPair } from '@tiercel/protocol';
import type { BacklogQuery } from '@tiercel/store';
import type { Parts } from './parts.js';
import { readNext, readyOf } from './read-next.js';
import { pairOf } from './taken.js';

/** From what servers tell of their queues, and what is kept here. Nothing while no read can be opened. */
export async function backlog(parts: Parts, { queue, after, limit }: BacklogQuery): Promise<readonly ReadyPair[]> {
  const { servers, form, kept, pool } = parts;
  await servers.look();
  if (pool.room <= 0) return [];
  const isAsked = (pair: Pair) => queue === '' || pair.queue === queue;
  if (form.mixed) await learnTenants(parts, isAsked);
  const pairs = new Map<string, Pair>();
  for (const { tenant, queue } of kept.pairs()) pairs.set(pairOf({ tenant, queue }), { tenant, queue });
  for (const name of form.mixed ? [] : servers.names()) {
    const pair = form.pairOf(name);
    if (pair) pairs.set(pairOf(pair), pair);
  }
  const found = [...pairs.values()].filter((pair) => isAsked(pair) && (after === undefined || inOrder(pair, after) > 0));
  const ready = found.map((pair) => ({ ...pair, ready: readyOf(parts, pair) })).filter((pair) => pair.ready > 0);
  return ready.sort(inOrder).slice(0, limit);
}

/** A queue of several tenants does not say whose its next job is, so that is read. */
async function learnTenants(parts: Parts, isAsked: (pair: Pair) => boolean): Promise<void> {
  const { servers, form, kept } = parts;
  const known = new Set([...kept.pairs()].map((job) => form.nameOf(job)));
  for (const name of servers.names()) {
    const pair = form.pairOf(name);
    if (pair === undefined || !isAsked(pair) || known.has(name)) continue;
    const taken = await readNext(parts, pair);
    if (taken) kept.hand(taken);
  }
}

type Pair = { readonly tenant: string; readonly queue: string };
const inOrder = (one: Pair, other: Pair): number => compare(one.queue, other.queue) || compare(one.tenant, other.tenant);
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

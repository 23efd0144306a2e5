import type { ReadyPair } from '@tiercel/protocol';
import type { BacklogQuery } from '@tiercel/store';
import type { Parts } from './parts.js';
import { readNext } from './read-next.js';
import { pairOf } from './taken.js';

/** From what servers tell of their queues, and what is kept here. Nothing while no read can be opened. */
export async function backlog(parts: Parts, { queue, after, limit }: BacklogQuery): Promise<readonly ReadyPair[]> {
  const { servers, form, pool } = parts;
  await servers.look();
  if (pool.room <= 0) return [];
  const isAsked = (pair: { readonly queue: string }) => queue === '' || pair.queue === queue;
  if (form.mixed) await learnTenants(parts, isAsked);
  const found = new Map<string, ReadyPair>();
  const add = ({ tenant, queue }: { readonly tenant: string; readonly queue: string }, ready: number) => {
    const pair = { tenant, queue };
    if (isAsked(pair)) found.set(pairOf(pair), { ...pair, ready: ready + (found.get(pairOf(pair))?.ready ?? 0) });
  };
  for (const name of form.mixed ? [] : servers.names()) {
    const pair = form.pairOf(name);
    if (pair) add(pair, servers.waiting(name));
  }
  for (const job of parts.kept.pairs()) add(job, parts.kept.ready(job) + (form.mixed ? servers.waiting(form.nameOf(job)) : 0));
  const sorted = [...found.values()].sort(inOrder);
  return sorted.filter((pair) => after === undefined || inOrder(pair, after) > 0).slice(0, limit);
}

/** A queue of several tenants does not say whose its next job is, so that is read. */
async function learnTenants(parts: Parts, isAsked: (pair: { readonly queue: string }) => boolean): Promise<void> {
  const { servers, form, kept } = parts;
  const known = new Set([...kept.pairs()].map((job) => form.nameOf(job)));
  for (const name of servers.names()) {
    const pair = form.pairOf(name);
    if (pair === undefined || !isAsked(pair) || known.has(name)) continue;
    const taken = await readNext(parts, { ...pair, max: 1 });
    if (taken) kept.hand(taken);
  }
}

type Place = { readonly tenant: string; readonly queue: string };
const inOrder = (one: Place, other: Place): number => compare(one.queue, other.queue) || compare(one.tenant, other.tenant);
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

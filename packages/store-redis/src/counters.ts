import type { Counted, Counters } from '@tiercel/protocol';
import type { ShardCaller } from './shard-caller.js';

const ZERO: Counters = {
  enqueued: 0,
  started: 0,
  succeeded: 0,
  failed: 0,
  retried: 0,
  expired: 0,
  dead: 0,
  cancelled: 0,
  discarded: 0,
};

/** `<queue>:<counter>:<name>`: neither of the first two has a colon. */
const FIELD = /^([^:]*):([^:]*):(.*)$/s;

export async function counters(caller: ShardCaller, shard: number, tenant: string): Promise<readonly Counted[]> {
  const found = new Map<string, Counted>();
  for (const [field, count] of inTwos(await caller.look('counters', shard, tenant))) {
    const [, queue, counter, name] = FIELD.exec(field) ?? [];
    if (queue === undefined || counter === undefined || name === undefined) continue;
    const key = `${queue}:${name}`;
    found.set(key, { ...(found.get(key) ?? { queue, name, ...ZERO }), [counter]: count });
  }
  return [...found.values()].sort(byQueueAndName);
}

export async function totals(caller: ShardCaller, shard: number): Promise<Counters> {
  return { ...ZERO, ...Object.fromEntries(inTwos(await caller.look('totals', shard))) };
}

function inTwos(reply: unknown): (readonly [string, number])[] {
  const values = reply as Buffer[];
  return values.flatMap((field, at) => (at % 2 === 0 ? [[String(field), Number(values[at + 1])] as const] : []));
}

function byQueueAndName(a: Counted, b: Counted): number {
  if (a.queue !== b.queue) return a.queue < b.queue ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

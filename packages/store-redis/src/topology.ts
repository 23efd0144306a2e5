import type { Redis } from 'ioredis';
import { join } from './address.js';
import { isForbidden, isNoCluster } from './faults.js';

/** Which servers a cluster has, as one of them sees it. */
export interface Topology {
  readonly primaries: readonly string[];
  readonly replicas: readonly string[];
  /** `undefined` when nobody has the slot. */
  ownerOf(slot: number): string | undefined;
}

/** What CLUSTER SLOTS answers: a span of slots, its primary, its replicas. */
type Span = readonly [first: number, last: number, ...nodes: readonly [host: string | null, port: number, ...unknown[]][]];

/** Undefined when the server belongs to no cluster, or this user may not ask. */
export async function askTopology(redis: Redis): Promise<Topology | undefined> {
  try {
    const spans = (await redis.call('CLUSTER', 'SLOTS')) as readonly Span[];
    return topologyOf(spans, redis.options.host ?? '');
  } catch (error) {
    if (isNoCluster(error) || isForbidden(error)) return undefined;
    throw error;
  }
}

/** A node that does not know its own host is the one that was asked. */
function topologyOf(spans: readonly Span[], askedHost: string): Topology {
  const owned = spans.map(([first, last, ...nodes]) => {
    const [primary, ...replicas] = nodes.map(([host, port]) => join(host || askedHost, port));
    return { first, last, primary: primary as string, replicas };
  });
  return {
    primaries: [...new Set(owned.map(({ primary }) => primary))],
    replicas: [...new Set(owned.flatMap(({ replicas }) => replicas))],
    ownerOf: (slot) => owned.find(({ first, last }) => first <= slot && slot <= last)?.primary,
  };
}

/** The slots of some keys, from the server: how they are made is its own matter. */
export async function askSlots(redis: Redis, keys: readonly string[]): Promise<Map<string, number>> {
  const slots = await Promise.all(keys.map((key) => redis.call('CLUSTER', 'KEYSLOT', key)));
  return new Map(keys.map((key, at) => [key, slots[at] as number]));
}

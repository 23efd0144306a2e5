import type { Clock, Log, Random } from '@tiercel/actors';
import { type Durability, fail, type TiercelError } from '@tiercel/protocol';
import { urlAt, urlsOf } from './address.js';
import type { Call } from './caller.js';
import { Cluster } from './cluster.js';
import { type Connection, dial, inTime } from './connection.js';
import type { EngineStatus } from './engine-status.js';
import { faultOf, redirectOf } from './faults.js';
import type { Library } from './library.js';
import { type ServerParts, serverAt } from './server.js';
import { requireFit } from './server-facts.js';
import { askSlots, askTopology, type Topology } from './topology.js';

/** Where the shards are kept: one server, or a cluster of them. */
export interface Servers {
  readonly call: Call;
  close(): Promise<void>;
}

export interface ServersOptions {
  readonly url: string;
  /** What the keys of each shard begin with. */
  readonly bases: readonly string[];
  readonly library: Library;
  readonly log: Log;
  readonly random: Random;
  readonly timers: Clock;
  readonly requireDurability: Durability;
  readonly status: EngineStatus;
}

/** Whether it is a cluster is asked of the first server that answers. */
export async function openServers(options: ServersOptions): Promise<Servers> {
  const urls = urlsOf(options.url);
  const connection = await dialFirst(urls, options);
  try {
    const topology = await inTime(askTopology(connection.redis));
    if (topology) return await openCluster(connection, topology, urls, options);
  } catch (error) {
    connection.redis.disconnect();
    throw faultOf(error, { address: connection.address });
  }
  if (urls.length === 1) return openSingle(connection, options);
  connection.redis.disconnect();
  return fail('BAD_CONFIG', { option: 'store', expected: 'one host, as this is no cluster', got: urls.length });
}

async function dialFirst(urls: readonly string[], { log, random }: ServersOptions): Promise<Connection> {
  let first: unknown;
  for (const url of urls) {
    try {
      return await dial({ url, log, random });
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

const partsOf = (options: ServersOptions, news: Partial<ServerParts['news']>): ServerParts => ({
  ...options,
  requireFit: (facts, address) => requireFit(facts, address, options.requireDurability),
  news: {
    forgot: () => options.status.forgot(),
    told: (server, tookMs) => options.status.told(server, tookMs),
    unfit: (fault) => options.status.unfit(fault),
    lost: () => {},
    ...news,
  },
});

async function openSingle(connection: Connection, options: ServersOptions): Promise<Servers> {
  const server = await serverAt(connection, partsOf(options, {}));
  options.status.is([server]);
  return { call: (verb, base, args) => server.call(verb, base, args).catch(explained), close: () => server.close() };
}

/** Of a cluster, by a user who may not ask who else belongs to it. */
function explained(fault: TiercelError): never {
  if (redirectOf(fault) !== 'MOVED') throw fault;
  return fail('STORAGE_DENIED', { ...fault.facts, remedy: 'ACL SETUSER … +cluster|slots +cluster|keyslot' });
}

async function openCluster(
  { redis, close }: Connection,
  topology: Topology,
  urls: readonly string[],
  options: ServersOptions,
): Promise<Servers> {
  const { url, log, random, timers, bases, status } = options;
  const slots = await inTime(askSlots(redis, bases));
  await close();
  const parts = partsOf(options, { lost: () => cluster.lost() });
  const dialAt = (address: string) => dial({ url: urlAt(url, address), log, random });
  const cluster = new Cluster({
    ...{ log, random, timers, slots, status },
    seeds: urls,
    connect: async (address) => serverAt(await dialAt(address), parts),
    ask: (address) => dialAt(address).then(askOnce),
  });
  await cluster.open(topology);
  return { call: (verb, base, args) => cluster.call(verb, base, args), close: () => cluster.close() };
}

const askOnce = ({ redis, close }: Connection): Promise<Topology | undefined> => inTime(askTopology(redis)).finally(close);

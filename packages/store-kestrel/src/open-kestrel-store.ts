import { type Clock, realClock, realRandom, uuidV7 } from '@tiercel/actors';
import { asTiercelError, fail, requireName } from '@tiercel/protocol';
import { DURABILITY_ORDER, type JobStore, type StoreOptions } from '@tiercel/store';
import { ownForm } from './form.js';
import { Kept } from './kept.js';
import { kestrelStore } from './kestrel-store.js';
import { readKestrelUrl } from './kestrel-url.js';
import { Leases } from './lease.js';
import { ReadPool } from './read-pool.js';
import { Returns } from './returns.js';
import { type Machine, Server } from './server.js';
import { Servers } from './servers.js';
import { Settled } from './settled.js';
import { sharedForm } from './shared-form.js';
import { Tokens } from './tokens.js';

export interface KestrelStoreOptions extends Omit<StoreOptions, 'shards' | 'retention'> {
  /** `kestrel://host:port[,host:port…][?reads=200][&names=shared]` */
  readonly url: string;
  readonly namespace: string;
  /** Whose time counts for jobs; the machine's by default. */
  readonly clock?: Pick<Clock, 'now'>;
}

const HERE: Machine = { clock: realClock, random: realRandom };

/**
 * Opens jobs kept by servers of Kestrel's protocol. Throws BAD_CONFIG (URL), STORAGE_UNFIT (more durability is required than anybody can know of), or STORAGE_UNAVAILABLE
 * when none of the servers answers within a few seconds.
 */
export async function openKestrelStore(options: KestrelStoreOptions, machine: Machine = HERE): Promise<JobStore> {
  const { url, namespace, clock = machine.clock, requireDurability = 'unknown', onEvent = () => {} } = options;
  const { servers: addresses, reads, shared } = readKestrelUrl(url);
  requireName('namespace', namespace);
  if (DURABILITY_ORDER.indexOf(requireDurability) > 0)
    fail('STORAGE_UNFIT', { required: requireDurability, durability: 'unknown' });
  const pool = new ReadPool(reads, machine.clock);
  const servers = new Servers(
    addresses.map((address) => new Server(address, machine)),
    pool,
  );
  const ids = { newId: () => uuidV7(machine.clock, machine.random), now: () => clock.now() };
  const form = shared ? sharedForm(namespace, ids) : ownForm(namespace);
  const tokens = new Tokens(clock);
  const returns = new Returns(servers, form, tokens);
  const kept = new Kept({ clock: machine.clock, returns, mostHeld: Math.max(1, Math.floor(reads / 2)) });
  try {
    const version = await firstVersion(servers);
    const ours = { leases: new Leases(), settled: new Settled(), tokens };
    const parts = { servers, pool, form, returns, kept, ...ours, onEvent };
    return kestrelStore(parts, `kestrel ${version}`);
  } catch (error) {
    await servers.close();
    throw error;
  }
}

/** Of whoever answers first. */
async function firstVersion(servers: Servers): Promise<string> {
  try {
    return await Promise.any(servers.all.map((server) => server.version()));
  } catch (error) {
    const [first] = (error as AggregateError).errors.map(asTiercelError);
    const named = servers.all.map(({ address: { host, port } }) => `${host}:${port}`).join(',');
    return fail('STORAGE_UNAVAILABLE', { servers: named, reason: String(first?.facts.reason ?? first?.code ?? '') }, first);
  }
}

import { type Clock, jittered, type Log, type Random, sleep, type Undo } from '@tiercel/actors';
import { fail, type TiercelError } from '@tiercel/protocol';
import type { Argument } from './caller.js';
import { inTime } from './connection.js';
import type { EngineStatus } from './engine-status.js';
import { redirectOf } from './faults.js';
import { GRANTS, type Verb } from './library.js';
import type { Server } from './server.js';
import { askTopology, type Topology } from './topology.js';

/** How long a call waits for a slot that is moving or a failover before it is refused. Nothing was done until then. */
const MOVING_MS = 2_000;
const WAIT_MS = 25;
const MAX_WAIT_MS = 200;
const TRUSTED_MOVES = 3;
/** How soon a cluster is asked again that lacks a server, at first and at last. */
const SEARCH_MS = 100;
const MAX_SEARCH_MS = 2_000;

export interface ClusterParts {
  readonly log: Log;
  readonly random: Random;
  readonly timers: Clock;
  /** The slot of every shard, by what its keys begin with. */
  readonly slots: ReadonlyMap<string, number>;
  readonly connect: (address: string) => Promise<Server>;
  /** Asks the server at that address who else there is. */
  readonly ask: (address: string) => Promise<Topology | undefined>;
  /** Addresses to fall back on when no server of the cluster is left that is connected. */
  readonly seeds: readonly string[];
  readonly status: EngineStatus;
}

/** Who was told where the shard is now goes there at once, before it moves again; unless two nodes each point to the other. */
const waitMs = (word: string, tries: number): number =>
  word === 'MOVED' ? (tries < TRUSTED_MOVES ? 0 : WAIT_MS) : Math.min(WAIT_MS * 2 ** tries, MAX_WAIT_MS);

/**
 * The servers of a Redis Cluster: one connection to each primary, each shard called where its slot is. Not that of the client library,
 * which repeats calls whose fate is unknown and does not keep their order.
 */
export class Cluster {
  readonly #parts: ClusterParts;
  #servers = new Map<string, Server>();
  /** By what the keys of a shard begin with: the address of its primary. */
  #homes = new Map<string, string>();
  #known: readonly string[] = [];
  #refreshing: Promise<void> | undefined;
  #search: Undo | undefined;
  #searches = 0;
  #isClosed = false;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  /** Connects to all primaries; throws what the first of them that cannot be used throws. */
  async open(topology: Topology): Promise<void> {
    const connected = await Promise.allSettled(topology.primaries.map(this.#parts.connect));
    const servers = connected.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const server of servers) this.#servers.set(server.address, server);
    const failed = connected.find((one) => one.status === 'rejected');
    if (failed) {
      await this.close();
      throw failed.reason;
    }
    this.#settle(topology);
  }

  /** Repeats what a node refused because the shard was elsewhere or under way; nothing else. */
  async call(verb: Verb, base: string, args: readonly Argument[]): Promise<unknown> {
    const { timers, status } = this.#parts;
    const [giveUpAtMs, epoch] = [timers.monotonic() + MOVING_MS, status.current.epoch];
    for (let tries = 0; ; tries++) {
      const server = this.#homeOf(base);
      try {
        return await server.call(verb, base, args);
      } catch (fault) {
        await this.#makeWay(fault as TiercelError, server, tries, giveUpAtMs);
        // Its tokens would have the nonce of before, on a server that may have forgotten which it gave.
        if (GRANTS.has(verb) && status.current.epoch !== epoch) throw fault;
      }
    }
  }

  /** A connection was lost: its server may be gone for good, and another be in its place. */
  lost(): void {
    if (this.#search || this.#isClosed) return;
    const { timers, random } = this.#parts;
    const inMs = Math.min(SEARCH_MS * 2 ** this.#searches++, MAX_SEARCH_MS);
    this.#search = timers.after(jittered(random, inMs), () => void this.#searchOn());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#search?.();
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }

  #homeOf(base: string): Server {
    const address = this.#homes.get(base);
    const server = address === undefined ? undefined : this.#servers.get(address);
    return server ?? fail('STORAGE_UNAVAILABLE', { address: address ?? '', reason: 'no node of the cluster serves this shard' });
  }

  /** Comes back when the call may be repeated; throws the fault when it may not. */
  async #makeWay(fault: TiercelError, server: Server, tries: number, giveUpAtMs: number): Promise<void> {
    const { timers, random } = this.#parts;
    const word = redirectOf(fault);
    if (word === '' || timers.monotonic() >= giveUpAtMs || this.#isClosed) throw fault;
    if (word === 'MOVED') await this.#refresh(server).catch(() => {});
    await sleep(timers, jittered(random, waitMs(word, tries)));
  }

  async #searchOn(): Promise<void> {
    this.#search = undefined;
    await this.#refresh().catch((err: unknown) => this.#parts.log.debug({ err }, 'cluster could not be asked'));
    if (this.#isWhole()) this.#searches = 0;
    else this.lost();
  }

  #isWhole(): boolean {
    return [...this.#parts.slots.keys()].every((base) => this.#servers.get(this.#homes.get(base) ?? '')?.isUp);
  }

  /** One at a time; whoever comes meanwhile waits for it. `first` knows best: it has just said that a slot moved. */
  #refresh(first?: Server): Promise<void> {
    this.#refreshing ??= this.#learn(first).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #learn(first: Server | undefined): Promise<void> {
    const topology = await this.#askAny(first);
    const fresh = topology.primaries.filter((address) => !this.#servers.has(address));
    const connected = await Promise.allSettled(fresh.map(this.#parts.connect));
    const servers = connected.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (this.#isClosed) return void (await Promise.all(servers.map((server) => server.close())));
    // Before anything is called there.
    if (servers.some(({ address }) => this.#isTakingOver(address, topology))) this.#parts.status.forgot();
    for (const server of servers) this.#servers.set(server.address, server);
    this.#settle(topology);
    if (!this.#isWhole()) this.lost();
  }

  /** A server that was no primary before has shards now. It may have got them in a move, too; to think it forgot something does no harm. */
  #isTakingOver(address: string, { ownerOf }: Topology): boolean {
    return [...this.#parts.slots.values()].some((slot) => ownerOf(slot) === address);
  }

  #settle({ primaries, replicas, ownerOf }: Topology): void {
    this.#known = [...primaries, ...replicas];
    for (const [base, slot] of this.#parts.slots) {
      const owner = ownerOf(slot);
      if (owner === undefined) this.#homes.delete(base);
      else this.#homes.set(base, owner);
    }
    for (const [address, server] of this.#servers) {
      if (primaries.includes(address)) continue;
      this.#servers.delete(address);
      void server.close();
    }
    this.#parts.status.is([...this.#servers.values()]);
  }

  async #askAny(first: Server | undefined): Promise<Topology> {
    const up = [...(first ? [first] : []), ...[...this.#servers.values()].filter((server) => server !== first && server.isUp)];
    const ways = [
      ...up.map((server) => () => inTime(askTopology(server.redis))),
      ...[...this.#known, ...this.#parts.seeds].map((address) => () => this.#parts.ask(address)),
    ];
    for (const ask of ways) {
      const topology = await ask().catch(() => undefined);
      if (topology && topology.primaries.length > 0) return topology;
    }
    return fail('STORAGE_UNAVAILABLE', { reason: 'no node of the cluster answers' });
  }
}

import { silentLog } from '@tiercel/actors';
import type { JobStore } from '@tiercel/store';
import type { OpenJobStore } from '@tiercel/store/testing';
import { eventually, noRedisCluster, pause, type RedisCluster, startRedisCluster } from '@tiercel/test-support';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { redirectOf } from './faults.js';
import { openRedisStore } from './open-redis-store.js';
import { freshNamespace } from './redis.test.kit.js';
import { shardBase } from './shard-caller.js';
import { askTopology, type Topology } from './topology.js';

/** Tests on a cluster; where none can be started they are skipped, and their title says why. */
export function describeOnCluster(title: string, tests: (cluster: TestCluster) => void): void {
  const why = noRedisCluster();
  describe.skipIf(why)(why ? `${title} (skipped: ${why})` : title, () => tests(testCluster()));
}

export interface TestCluster {
  readonly url: string;
  readonly nodes: RedisCluster;
  /** A plain connection to a node. */
  admin(port: number): Redis;
  topology(): Promise<Topology>;
  slotOf(key: string): Promise<number>;
  /** Moves a slot with all its keys to the next primary. */
  move(slot: number): Promise<void>;
  /** The same in its parts, for who wants to look at a slot that moves. */
  beginMove(slot: number): Promise<Move>;
  /** A replica takes over from the primary of a slot, which becomes its replica. Nothing is lost. */
  failOver(slot: number): Promise<void>;
}

/** A slot on its way. */
export interface Move {
  readonly from: Redis;
  readonly to: Redis;
  /** Takes along up to a thousand keys that are still at the old node, and says how many. One that the new node has too is a fault, unless replaced. */
  keys(how?: { readonly replace: boolean }): Promise<number>;
  end(): Promise<void>;
}

/** A cluster that lives as long as the tests of the describe it is called in. */
function testCluster(): TestCluster {
  const admins = new Map<number, Redis>();
  let nodes: RedisCluster;
  beforeAll(async () => {
    nodes = await startRedisCluster();
  });
  afterAll(async () => {
    for (const redis of admins.values()) redis.disconnect();
    await nodes?.stop();
  });
  const admin = (port: number): Redis => admins.get(port) ?? remember(port);
  const remember = (port: number): Redis => {
    const redis = new Redis(port, '127.0.0.1');
    redis.on('error', () => {}); // the node may be gone for a while
    admins.set(port, redis);
    return redis;
  };
  const all = () => [...nodes.primaries, ...nodes.replicas];
  const at = (address: string): Redis => admin(Number(address.split(':')[1]));
  const idOf = (redis: Redis): string => all().find(({ port }) => port === redis.options.port)!.id;
  const topology = async () => (await askTopology(admin(all().find(({ server }) => server.pid)!.port)))!;

  async function beginMove(slot: number): Promise<Move> {
    await agreement();
    const { ownerOf, primaries } = await topology();
    const owner = ownerOf(slot)!;
    const target = primaries[(primaries.indexOf(owner) + 1) % primaries.length]!;
    const [from, to, other] = [at(owner), at(target), primaries.find((each) => each !== owner && each !== target)!];
    await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', idOf(from));
    await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', idOf(to));
    return {
      ...{ from, to },
      async keys({ replace } = { replace: false }) {
        const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
        if (keys.length > 0)
          await from.call('MIGRATE', '127.0.0.1', to.options.port!, '', 0, 5_000, ...(replace ? ['REPLACE'] : []), 'KEYS', ...keys);
        return keys.length;
      },
      async end() {
        for (const redis of [to, from, at(other)]) await redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', idOf(to));
      },
    };
  }

  return {
    get url() {
      return nodes.url;
    },
    get nodes() {
      return nodes;
    },
    admin,
    topology,
    slotOf: async (key) => (await admin(nodes.primaries[0]!.port).call('CLUSTER', 'KEYSLOT', key)) as number,
    beginMove,
    async move(slot) {
      const move = await beginMove(slot);
      while ((await move.keys()) > 0);
      await move.end();
    },
    async failOver(slot) {
      await agreement();
      const before = (await topology()).ownerOf(slot);
      const replica = await replicaOf(before!);
      await eventually(async () => (await replica.info('replication')).includes('master_link_status:up'));
      const hasFailedOver = async () => (await topology()).ownerOf(slot) !== before;
      const asked = async () => {
        await eventually(() => replica.call('CLUSTER', 'FAILOVER').then(() => true));
        return eventually(hasFailedOver, { withinMs: GIVES_UP_MS, what: 'failover' });
      };
      await asked().catch(asked); // a node that is kept from its work for so long forgets that it was asked
    },
  };

  /** Else those who vote refuse a replica that has not heard of the last move, and its primary stands still for seconds. */
  async function agreement(): Promise<void> {
    const agree = async () => {
      const views = await Promise.all(all().map(({ port }) => admin(port).call('CLUSTER', 'NODES')));
      return new Set(views.map((view) => gistOf(String(view)))).size === 1;
    };
    await eventually(agree, { withinMs: 30_000, what: 'agreement of all nodes' });
  }

  async function replicaOf(primary: string): Promise<Redis> {
    const lines = String(await at(primary).call('CLUSTER', 'NODES')).split('\n');
    const line = lines.find((each) => each.includes(' slave ') && each.includes(idOf(at(primary))));
    return admin(Number(/:(\d+)@/.exec(line!)![1]));
  }
}

/** Who has which slots since when, as one node sees it: id, primary, epoch, slots. */
function gistOf(nodes: string): string {
  const fields = nodes
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return fields
    .map(([id, , , primary, , , epoch, , ...slots]) => [id, primary, epoch, ...slots].join(' '))
    .sort()
    .join('\n');
}

/** A replica gives a failover up after 5 s (Redis, CLUSTER_MF_TIMEOUT), and says so to nobody. */
const GIVES_UP_MS = 10_000;

/** Moves the slot of whatever `slot` names back and forth, with a failover now and then, until it is told to stop. */
export function stormOver(cluster: TestCluster, slot: () => number | undefined) {
  const seen = { moves: 0, failovers: 0 };
  let isOver = false;
  const storm = (async () => {
    while (!isOver) {
      const next = slot();
      if (next !== undefined && seen.moves > 20 * (seen.failovers + 1)) {
        await cluster.failOver(next);
        seen.failovers++;
      } else if (next !== undefined) {
        await cluster.move(next);
        seen.moves++;
      }
      await pause(20); // real nodes: there has to be some quiet between two moves
    }
  })();
  storm.catch(() => {}); // whoever ends it is told
  return {
    seen,
    async end() {
      isOver = true;
      await storm;
    },
  };
}

/** Stores on a cluster, each in a namespace of its own. `opened` is told where the jobs of the first shard are. */
export const clusterOpener =
  (cluster: TestCluster, opened: (slot: number) => void): OpenJobStore =>
  async (options) => {
    const namespace = freshNamespace();
    opened(await cluster.slotOf(shardBase(namespace, 0)));
    // A failover that comes just then may take longer than opening.
    const store = await eventually(() => openRedisStore({ url: cluster.url, namespace, log: silentLog, ...options }));
    return { store: patient(store), close: () => store.close() };
  };

/** Repeats what was refused with nothing done: a reserve that meets a failover. */
function patient(store: JobStore): JobStore {
  const reserve: JobStore['reserve'] = async (request) => {
    for (let tries = 0; ; tries++) {
      try {
        return await store.reserve(request);
      } catch (error) {
        if (redirectOf(error as never) === '' || tries === 10) throw error;
      }
    }
  };
  return Object.create(store, { reserve: { value: reserve } });
}

import {
  type ActorSystem,
  type Clock,
  createHub,
  createSystem,
  type Log,
  type Random,
  type Ref,
  realClock,
  realRandom,
  type Transport,
} from '@tiercel/actors';
import type { Bounds } from '@tiercel/broker';
import type { ClientOptions } from '@tiercel/client';
import {
  type BrokerProtocol,
  brokerCodec,
  brokerPath,
  type Durability,
  LIMITS,
  type SysProtocol,
  sysCodec,
  sysPath,
} from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import { openWire, serveWire, socketBeside, type Wire, wireConnector } from '@tiercel/wire';
import { type KeeperFactory, localKeeper, threadKeeper } from '@tiercel/worker';
import { openStore } from './open-store.js';
import type { Performer } from './performer.js';

// What one kind of wiring needs is loaded when it is chosen: a module that only defines jobs loads neither NATS nor a storage.

/** How this process reaches the broker. */
export interface Wiring {
  readonly mode: 'remote' | 'embedded';
  /** `tenant` may be the pool. */
  broker(tenant: string): Ref<BrokerProtocol>;
  keeper(of: { readonly tenant: string; readonly graceMs?: number }): KeeperFactory;
  /** Where jobs are performed by whoever enqueues them. */
  readonly performer?: Performer;
  /** What speaks for a tenant here, where that does more than a `TenantClient`. */
  readonly client?: ClientOptions['make'];
  /** Tells brokers that a worker takes nothing more, so that they answer its parked reserve. A hint. */
  leaving(owner: string): void;
  close(): Promise<void>;
}

export interface Common {
  readonly namespace: string;
  /** Name of this process among the actors. */
  readonly name: string;
  readonly log: Log;
}

/** What everything that waits, or happens by chance, is given. */
export interface Chances {
  readonly clock: Clock;
  readonly random: Random;
}

const real: Chances = { clock: realClock, random: realRandom };

/** To brokers that run elsewhere. Leases are kept by a thread of their own. */
export async function wireRemote(wire: Wire, { namespace, name, log }: Common, firstConnectMs?: number): Promise<Wiring> {
  const { clock, random } = real;
  const patience = firstConnectMs === undefined ? {} : { firstConnectMs };
  const transport = await openWire(wire, { name, log, clock, random, ...patience });
  const system = createSystem({ name, transport, clock, random, log });
  return {
    mode: 'remote',
    broker: refsOf(system, namespace),
    leaving: leavingOf(system, namespace),
    keeper: ({ tenant, graceMs }) =>
      threadKeeper({
        connector: wireConnector(wire, `${name}-keeper`),
        brokerPath: brokerPath(namespace, tenant),
        clock,
        log,
        ...(graceMs === undefined ? {} : { graceMs }),
      }),
    async close() {
      await system.stop();
      await transport.close();
    },
  };
}

export interface EmbeddedOptions extends Common {
  /** URL. */
  readonly store: string;
  readonly shards: number;
  readonly requireDurability?: Durability | undefined;
}

/**
 * With a broker of its own in this process. Who keeps jobs in a folder owns it, so he serves the other processes of this user as well, over
 * the socket beside them.
 */
export async function wireEmbedded({ store: url, shards, requireDurability, ...common }: EmbeddedOptions): Promise<Wiring> {
  const { namespace, name, log } = common;
  const store = await openStore({ url, namespace, shards, requireDurability, log });
  const socket = socketBeside(url, namespace);
  let served: Transport | undefined;
  try {
    if (socket) served = await serveWire({ socket }, { name, log, ...real });
    return await embed(store, { ...common, ...real }, leaseBounds(url), served);
  } catch (error) {
    await served?.close();
    await store.close();
    throw error;
  }
}

/** A wiring whose brokers can be told what a supervisor tells them. */
export interface Embedded extends Wiring {
  readonly brokers: Ref<SysProtocol>;
}

/** A broker over a storage that is open, reached over a transport; both are closed with it. */
export async function embed(
  store: JobStore,
  common: Common & Chances,
  bounds: Partial<Bounds>,
  transport: Transport = createHub(common).connect(common.name),
): Promise<Embedded> {
  const { namespace, name, log, clock, random } = common;
  const ports = { transport, clock, random, log };
  const [inside, outside] = [createSystem({ name: `${name}-broker`, ...ports }), createSystem({ name, ...ports })];
  const { createBroker } = await import('@tiercel/broker');
  const broker = await createBroker({ system: inside, store, namespace, name, clock, log, bounds });
  return {
    mode: 'embedded',
    broker: refsOf(outside, namespace),
    brokers: outside.ref<SysProtocol>(sysPath(namespace, 'brokers'), sysCodec),
    leaving: leavingOf(outside, namespace),
    keeper: ({ tenant }) => localKeeper({ broker: refsOf(outside, namespace)(tenant), clock, random, log }),
    async close() {
      await outside.stop();
      await broker.stop();
      await inside.stop();
      await transport.close();
      await store.close();
    },
  };
}

/**
 * Jobs kept in this process's own memory are held by nobody else and end with it, so their leases need not run out: a handler that
 * blocks the loop, and with it the keeper, must not find its job handed out twice.
 */
const leaseBounds = (url: string) => (url === 'memory:' ? { deliveryLeaseMs: LIMITS.leaseMs } : {});

const leavingOf = (system: ActorSystem, namespace: string) => (owner: string) => {
  const brokers = system.ref<SysProtocol>(sysPath(namespace, 'presence'), sysCodec);
  const sign = { service: 'worker', instance: owner, pid: 0, leases: 0, version: '', nowMs: 0 };
  brokers.tell('alive', { ...sign, stopping: true });
};

const refsOf = (system: ActorSystem, namespace: string) => (tenant: string) =>
  system.ref<BrokerProtocol>(brokerPath(namespace, tenant), brokerCodec);

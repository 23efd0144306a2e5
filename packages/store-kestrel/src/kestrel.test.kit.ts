import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createHub, createSystem, realClock, realRandom, silentLog } from '@tiercel/actors';
import { createBroker } from '@tiercel/broker';
import { openKestrelDoor } from '@tiercel/doors';
import { type BrokerProtocol, brokerCodec, brokerPath, type LeasedJob, type LeaseRef, LIMITS } from '@tiercel/protocol';
import { type JobStore, openMemoryStore, type ReserveRequest } from '@tiercel/store';
import { aReserve } from '@tiercel/store/testing';
import { onTestFinished } from 'vitest';
import { type KestrelStoreOptions, openKestrelStore } from './open-kestrel-store.js';

const NAMESPACE = 'server';
const TENANT = 'items';
const PARTS = { clock: realClock, random: realRandom, log: silentLog };

export interface TestServer {
  readonly port: number;
  /** The process is gone; its jobs are on a disk. */
  stop(): Promise<void>;
  /** For good, with its jobs. */
  end(): Promise<void>;
  /** It is back, on the same port. */
  start(): Promise<void>;
}

/** One that ends with the test. */
export async function aServer(tenant?: { readonly tenant: string | undefined }): Promise<TestServer> {
  const server = await startServer(tenant);
  onTestFinished(() => server.end());
  return server;
}

/** A real server of the protocol: our own door, over memory. Without a tenant it believes items that say whose they are. */
export async function startServer({ tenant }: { readonly tenant: string | undefined } = { tenant: TENANT }): Promise<TestServer> {
  const hub = createHub(PARTS);
  const [inside, outside] = [hub.connect('broker'), hub.connect('door')];
  const there = createSystem({ name: 'broker', transport: inside, ...PARTS });
  const here = createSystem({ name: 'door', transport: outside, ...PARTS });
  const store = openMemoryStore({ clock: realClock, shards: 1 });
  const bounds = { payloadBytes: LIMITS.payloadMostBytes };
  const broker = await createBroker({ system: there, store, namespace: NAMESPACE, name: 'broker', bounds, ...PARTS });
  const refOf = (tenant: string) => here.ref<BrokerProtocol>(brokerPath(NAMESPACE, tenant), brokerCodec);
  const openDoor = (port: number) =>
    openKestrelDoor({
      broker: refOf,
      namespace: NAMESPACE,
      tenant,
      home: TENANT,
      owner: 'door',
      host: '127.0.0.1',
      port,
      ...PARTS,
    });
  let door = await openDoor(0);
  const { port } = door;
  let isUp = true;
  const stop = async () => {
    if (isUp) await door.close();
    isUp = false;
  };
  return {
    port,
    stop,
    async start() {
      door = await openDoor(port);
      isUp = true;
    },
    async end() {
      await stop();
      await broker.stop();
      await Promise.all([here.stop(), there.stop()]);
      await Promise.all([outside.close(), inside.close()]);
    },
  };
}

/** Passes bytes on to a server, and tells the requests in the order in which they came, over all connections. */
export class Relay {
  /** First lines of requests. */
  readonly lines: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #held: { readonly start: string; readonly isHeld: (release: () => void) => void } | undefined;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, connect({ port, host: '127.0.0.1', noDelay: true })));
  }

  static async to(port: number): Promise<Relay> {
    const relay = new Relay(port);
    await once(relay.#server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => relay.stop());
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next request that begins so stays here until what is answered is called; the promise is kept when it has come. */
  hold(start: string): Promise<() => void> {
    return new Promise((isHeld) => {
      this.#held = { start, isHeld };
    });
  }

  /** All connections end. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket, far: Socket): void {
    near.setNoDelay(true);
    near.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      this.lines.push(...(text.match(/^(?:(?:get|set) \S+|version|stats)/gm) ?? []));
      const held = this.#held;
      if (held === undefined || !text.startsWith(held.start)) return void far.write(chunk);
      this.#held = undefined;
      held.isHeld(() => far.write(chunk));
    });
    near.on('end', () => far.end());
    far.pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // the other end is told
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

let namespaces = 0;
export const aNamespace = (): string => `n${++namespaces}`;

/** A store that is closed when the test ends. */
export async function openStore(
  ports: readonly number[],
  told: Partial<KestrelStoreOptions> & { readonly query?: string } = {},
): Promise<JobStore> {
  const { query = '', ...options } = told;
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  const store = await openKestrelStore({ url: `kestrel://${hosts}${query}`, namespace: aNamespace(), ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Jobs of the queue, to one who says so every time. */
export async function reserveSome(store: JobStore, told: Partial<ReserveRequest> = {}): Promise<readonly LeasedJob[]> {
  return (await store.reserve(aReserve(store, { deliveryLeaseMs: 5_000, ...told }))).jobs;
}

export const refOf = ({ tenant, id, token }: LeaseRef): LeaseRef => ({ tenant, id, token });
export const ackOf = (lease: LeaseRef) => ({ ...refOf(lease), outcome: 'ack' }) as const;

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHub, createSystem, type Log, type Ref, realRandom, silentLog } from '@tiercel/actors';
import { VirtualClock } from '@tiercel/actors/testing';
import { createBroker } from '@tiercel/broker';
import { type Client, createClient } from '@tiercel/client';
import {
  type BrokerProtocol,
  brokerCodec,
  brokerPath,
  encodeData,
  type LeasedJob,
  LIMITS,
  POOL,
  type SysProtocol,
  sysCodec,
  sysPath,
} from '@tiercel/protocol';
import { openMemoryStore } from '@tiercel/store';
import { expect, onTestFinished } from 'vitest';
import { type KestrelDoor, type KestrelDoorOptions, openKestrelDoor } from './kestrel-door.js';

export const NAMESPACE = 'enterprise';
export const TENANT = 'dev';

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly facts: Record<string, unknown>;
}

export interface Scene {
  readonly door: KestrelDoor;
  readonly client: Client;
  readonly clock: VirtualClock;
  /** What the door logged. */
  readonly lines: readonly Line[];
  /** A client of the door. */
  connect(): Promise<Wire>;
  /** Moves time on, and lets bytes travel meanwhile. */
  advance(ms: number): Promise<void>;
  /** Lets what is under way arrive, as time stands still. */
  settle(): Promise<void>;
  /** One more door over the same brokers. */
  openDoor(options?: Partial<KestrelDoorOptions>): Promise<KestrelDoor>;
  connectTo(door: KestrelDoor): Promise<Wire>;
  /** The first door is gone without a word, as with its process. */
  severDoor(): void;
  /** Who saw a process end says so. */
  tellGone(owner: string): void;
  /** Another broker over the same jobs, which knows nothing yet. */
  restartBroker(): Promise<void>;
  /** Brokers can no longer be reached, or can again. */
  cut(): void;
  /** Every message takes so long. */
  slow(wayMs: number): void;
  heal(): void;
  /** Takes the next job of a queue, as a worker does, and is done with it. */
  perform(tenant: string, queue: string): Promise<LeasedJob | undefined>;
  ask: Ref<BrokerProtocol>['ask'];
  /** Batches that the storage was given until now. */
  enqueues(): number;
}

const TURNS = 6;
const STEP_MS = 25;

/** A door before the real broker over memory, in virtual time; closed when the test is over. */
export async function setup(options: Partial<KestrelDoorOptions> = {}): Promise<Scene> {
  const clock = new VirtualClock();
  const lines: Line[] = [];
  const parts = { clock, random: realRandom, log: silentLog };
  const hub = createHub(parts);
  const [inside, outside, first] = [hub.connect('broker'), hub.connect('door'), hub.connect('first')];
  const there = createSystem({ name: 'broker', transport: inside, ...parts });
  const here = createSystem({ name: 'door', transport: outside, ...parts });
  const store = openMemoryStore({ clock, shards: 2 });
  let enqueues = 0;
  const counted = {
    ...store,
    status: store.status,
    enqueue: (batch: Parameters<typeof store.enqueue>[0]) => {
      enqueues++;
      return store.enqueue(batch);
    },
  };
  let broker = await createBroker({ system: there, store: counted, namespace: NAMESPACE, name: 'broker', ...parts });
  const firstSystem = createSystem({ name: 'first', transport: first, ...parts });
  const firstRefOf = (tenant: string): Ref<BrokerProtocol> =>
    firstSystem.ref<BrokerProtocol>(brokerPath(NAMESPACE, tenant), brokerCodec);
  const refOf = (tenant: string): Ref<BrokerProtocol> => here.ref<BrokerProtocol>(brokerPath(NAMESPACE, tenant), brokerCodec);
  const client = createClient({ broker: refOf, ...parts });
  const time = new Time(clock);
  const doors: KestrelDoor[] = [];
  let severed = false;
  const wires: Wire[] = [];

  async function openDoor(more: Partial<KestrelDoorOptions> = {}): Promise<KestrelDoor> {
    const door = await openKestrelDoor({
      ...{
        broker: doors.length === 0 ? firstRefOf : refOf,
        namespace: NAMESPACE,
        tenant: TENANT,
        home: TENANT,
        owner: `door-${doors.length}`,
      },
      ...{ host: '127.0.0.1', port: 0, clock, random: realRandom, log: logTo(lines), ...more },
    });
    doors.push(door);
    return door;
  }

  async function connectTo({ port }: KestrelDoor): Promise<Wire> {
    const wire = await Wire.to(port);
    wires.push(wire);
    return wire;
  }

  const door = await openDoor(options);
  onTestFinished(async () => {
    hub.onDeliver(undefined);
    for (const wire of wires) wire.destroy();
    await Promise.all(doors.slice(severed ? 1 : 0).map((each) => each.close()));
    client.close();
    await Promise.all([here.stop(), firstSystem.stop()]);
    await broker.stop();
    await there.stop();
    await Promise.all([outside.close(), inside.close(), first.close()]);
    time.stop();
  });
  return {
    door,
    client,
    clock,
    lines,
    openDoor,
    connectTo,
    connect: () => connectTo(door),
    advance: (ms) => time.advance(ms),
    settle: () => time.advance(0),
    severDoor() {
      severed = true;
      first.sever();
    },
    tellGone: (owner) =>
      void here.ref<SysProtocol>(sysPath(NAMESPACE, 'brokers'), sysCodec).tell('gone', { owner, reason: 'killed' }),
    async restartBroker() {
      await broker.stop();
      broker = await createBroker({ system: there, store: counted, namespace: NAMESPACE, name: 'another', ...parts });
    },
    cut: () => hub.onDeliver(() => []),
    slow: (wayMs) => hub.onDeliver(() => [wayMs]),
    heal: () => hub.onDeliver(undefined),
    async perform(tenant, queue) {
      const demand = { queues: [queue], max: 1, maxBytes: LIMITS.batchBytes, owner: 'worker', parkMs: 0 };
      const { jobs } = await refOf(tenant).ask('reserve', demand, { timeoutMs: 1_000 });
      const [job] = jobs;
      if (job === undefined) return undefined;
      const done = { tenant: job.tenant, id: job.id, token: job.token, outcome: 'ack', result: encodeData(null) } as const;
      await refOf(POOL).ask('settle', { settlements: [done] }, { timeoutMs: 1_000 });
      return job;
    },
    enqueues: () => enqueues,
    ask: (kind, body, more) => refOf(TENANT).ask(kind, body, more),
  };
}

/** Time that stands still, but for what is due now: it is done at every turn of the event loop. */
class Time {
  readonly #clock: VirtualClock;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    void this.#run();
  }

  async advance(ms: number): Promise<void> {
    for (let left = ms; ; left -= STEP_MS) {
      for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
      if (left <= 0) return;
      await this.#alone(() => this.#clock.advance(Math.min(left, STEP_MS)));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await new Promise(setImmediate);
      await this.#alone(() => this.#clock.settle());
    }
  }

  /** One after the other: each moves the same clock. */
  #alone(act: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(act);
    return this.#running;
  }
}

/** A client that knows nothing of the protocol: bytes to the door, and bytes back. */
export class Wire {
  readonly socket: Socket;
  #heard = '';
  #isClosed = false;
  #woken: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#wake(() => (this.#heard += chunk)));
    socket.on('error', () => {}); // hung up while we still wrote
    socket.on('close', () => this.#wake(() => (this.#isClosed = true)));
    socket.on('end', () => socket.end());
  }

  static async to(port: number): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** What came and was not expected yet. */
  get heard(): string {
    return this.#heard;
  }

  send(text: string | Uint8Array): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    return this;
  }

  /** Sends, and expects just this back. */
  async asks(text: string | Uint8Array, reply: string): Promise<void> {
    await this.send(text).hears(reply);
  }

  async hears(expected: string): Promise<void> {
    while (this.#heard.length < expected.length && !this.#isClosed) await this.#next();
    expect(this.#heard.slice(0, expected.length)).toBe(expected);
    this.#heard = this.#heard.slice(expected.length);
  }

  /** Nothing more comes, and the door hangs up. */
  async isHungUpOn(): Promise<void> {
    while (!this.#isClosed) await this.#next();
    expect(this.#heard).toBe('');
  }

  /** Something more came. */
  async hearsSomething(): Promise<void> {
    const before = this.#heard.length;
    while (this.#heard.length === before && !this.#isClosed) await this.#next();
  }

  /** Everything up to `end`, and that too. */
  async until(end: string): Promise<string> {
    while (!this.#heard.includes(end) && !this.#isClosed) await this.#next();
    const length = this.#heard.indexOf(end) + end.length;
    const heard = this.#heard.slice(0, length);
    this.#heard = this.#heard.slice(length);
    return heard;
  }

  /** Everything until the door hangs up. */
  async rest(): Promise<string> {
    while (!this.#isClosed) await this.#next();
    return this.#heard;
  }

  /** Gone, as a process that ends. */
  destroy(): void {
    this.socket.destroy();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#woken = resolve;
    });
  }

  #wake(act: () => void): void {
    act();
    this.#woken();
  }
}

export const value = (queue: string, data: string): string => `VALUE ${queue} 0 ${data.length}\r\n${data}\r\nEND\r\n`;
export const set = (queue: string, data: string, expiry = 0): string => `set ${queue} 0 ${expiry} ${data.length}\r\n${data}\r\n`;

function logTo(lines: Line[]): Log {
  const at = (level: string) => (facts: object, message: string) => void lines.push({ level, message, facts: { ...facts } });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}

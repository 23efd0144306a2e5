import { Cell } from '../cell.js';
import type { Delivery, DeliveryPlan } from '../exchange.js';
import { createHub, type Hub, type HubConnection } from '../hub.js';
import { type Log, silentLog } from '../log.js';
import { type ActorSystem, createSystem } from '../system.js';
import type { Random } from '../time.js';
import { NodeClock } from './node-clock.js';
import { forkRandom, seededRandom } from './random.js';
import { Trace } from './trace.js';
import { VirtualClock } from './virtual-clock.js';

export interface TestKitOptions {
  /** Draws everything that happens by chance; 1 by default. */
  readonly seed?: number;
  /** Shortest and longest way of a message, in milliseconds, while no plan is set; 0.1 to 2 by default. */
  readonly wayMs?: readonly [shortest: number, longest: number];
  readonly log?: Log;
  /** Events that one `advance` may run; 1,000,000 by default. */
  readonly maxEvents?: number;
}

/** Many systems in one process, on one virtual clock: one seed, one interleaving. A system's name names its node. */
export interface TestKit {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** Its connections belong to the node of their name. `onDeliver` sets faults; `undefined` brings back the seeded way. */
  readonly hub: Hub;
  /** A system on the node `name`, with its own connection and freezing what it is sent. */
  system(name: string): ActorSystem;
  /** The clock of a node, which stands still and dies with it. */
  clockOf(name: string): NodeClock;
  /** Runs all there is to do at this instant. */
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Makes an actor crash, as a mistake in a handler would. Call {@link settle} to see what follows. */
  crash(ref: { readonly path: string }, error?: unknown): void;
  /** What two nodes send one another from now on is lost, until `heal`. */
  cut(one: string, other: string): void;
  /** Mends one cut, or all. */
  heal(one?: string, other?: string): void;
  /** Holds a node's timers and what is delivered to it. */
  pause(name: string): void;
  /** Lets what was held come in a burst. */
  resume(name: string): void;
  /** A sudden death: no turns, timers or deliveries. The name may be used again, for a new node. */
  kill(name: string): void;
  /** Adds a line to the running hash. Deliveries are added by themselves. */
  trace(line: string): void;
  /** FNV-1a 64 of all lines so far, 16 hex digits. */
  traceHash(): string;
}

interface Node {
  readonly clock: NodeClock;
  readonly systems: ActorSystem[];
  readonly connections: HubConnection[];
}

export function createTestKit({ seed = 1, wayMs = [0.1, 2], log = silentLog, maxEvents }: TestKitOptions = {}): TestKit {
  const random = seededRandom(seed);
  const clock = new VirtualClock({ ties: forkRandom(random), ...(maxEvents === undefined ? {} : { maxEvents }) });
  const trace = new Trace();
  const wire = createWire(forkRandom(random), clock, trace, wayMs);
  const nodes = new Map<string, Node>();
  const nodeOf = (name: string): Node => {
    const node = nodes.get(name) ?? { clock: new NodeClock(clock), systems: [], connections: [] };
    nodes.set(name, node);
    return node;
  };
  const connect = (name = 'outside'): HubConnection => {
    const node = nodeOf(name);
    const connection = wire.hub.connect(name, node.clock);
    node.connections.push(connection);
    return connection;
  };

  return {
    clock,
    random,
    hub: { connect, onDeliver: wire.onDeliver },
    system(name) {
      const node = nodeOf(name);
      const options = { name, transport: connect(name), clock: node.clock, random: forkRandom(random), log, freeze: true };
      const system = createSystem(options);
      node.systems.push(system);
      return system;
    },
    clockOf: (name) => nodeOf(name).clock,
    settle: () => clock.settle(),
    advance: (ms) => clock.advance(ms),
    crash(ref, error = new Error('crashed by the test kit')) {
      if (!(ref instanceof Cell)) throw new Error(`${ref.path} is not an actor of this process`);
      ref.crash(error);
    },
    cut: (one, other) => wire.cuts.add(pair(one, other)),
    heal(one, other) {
      if (one === undefined || other === undefined) wire.cuts.clear();
      else wire.cuts.delete(pair(one, other));
    },
    pause: (name) => nodeOf(name).clock.pause(),
    resume: (name) => nodeOf(name).clock.resume(),
    kill(name) {
      const node = nodeOf(name);
      nodes.delete(name);
      node.clock.kill();
      for (const system of node.systems) system.kill();
      for (const connection of node.connections) connection.sever();
    },
    trace: (line) => trace.add(`${line}\n`),
    traceHash: () => trace.hash,
  };
}

/** The hub with seeded ways, cuts, and a trace of what travels. */
function createWire(random: Random, clock: VirtualClock, trace: Trace, [shortest, longest]: readonly [number, number]) {
  const hub = createHub({ clock, random });
  const cuts = new Set<string>();
  const seededWay: DeliveryPlan = () => [shortest + random.next() * (longest - shortest)];
  let plan = seededWay;
  hub.onDeliver((delivery) => {
    const ways = cuts.size > 0 && cuts.has(pair(delivery.from, delivery.to)) ? [] : plan(delivery);
    trace.add(line(delivery, ways.length));
    return ways;
  });
  const onDeliver = (next: DeliveryPlan | undefined) => {
    plan = next ?? seededWay;
  };
  return { hub, cuts, onDeliver };
}

const pair = (one: string, other: string): string => (one < other ? `${one} ${other}` : `${other} ${one}`);

const line = ({ from, to, subject, kind }: Delivery, arrivals: number): string => `${kind} ${from}>${to} ${subject} ${arrivals}\n`;

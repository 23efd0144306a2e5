import {
  type Actor,
  type ChildSpec,
  type Clock,
  createSystem,
  type Exit,
  type Log,
  type Random,
  type Supervision,
} from '@tiercel/actors';
import { type KeeperOptions, processKeeper } from './process-keeper.js';
import { ProcessError, type Program, type Spawn } from './program.js';

export interface FleetOptions {
  /** In the order in which they start; they stop in reverse. */
  readonly programs: readonly Program[];
  readonly spawn: Spawn;
  /** How long a process may take to drain before it is killed; 20,000 by default. */
  readonly drainMs?: number;
  readonly restarts?: Supervision;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of every process that ended without being asked to, by the name under which it held leases. */
  readonly onEnd?: (instance: string, reason: string) => void;
}

export interface Fleet {
  /** Resolves when every process that it keeps has been ready once. */
  readonly ready: Promise<void>;
  /** The exit code with which it ended by itself: 0, or not when it gave up. */
  readonly ended: Promise<number>;
  /** Drains the processes, last started first. */
  stop(): Promise<void>;
}

/**
 * A process that was killed is back within two seconds: half of that is for its own start. The budget is for the whole fleet; it outlasts
 * half a minute of a server that is away, and then leaves the decision to whoever keeps the supervisor. What is `forgiven` is not in it.
 */
export const RESTARTS: Supervision = {
  strategy: 'one_for_one',
  maxRestarts: 30,
  withinMs: 60_000,
  backoff: { baseMs: 100, maxMs: 900 },
};

const DRAIN_MS = 20_000;
/** Between the kill of a process and the word that it is gone. */
const KILL_MARGIN_MS = 5_000;

interface FleetProtocol {
  hopeless(error: ProcessError): void;
  decided(exit: Exit): void;
}

/** Keeps the processes that should run running, as an actor tree: one supervisor, and a keeper for each process. */
export function superviseFleet(options: FleetOptions): Fleet {
  const { clock, random, log } = options;
  const system = createSystem({ name: 'fleet', clock, random, log });
  const slots = options.programs.flatMap(slotsOf);
  const { ready, onReady } = readiness(slots);
  const fleet = system.spawn({ name: 'supervisor', actor: fleetActor(options, slots, onReady) });
  return { ready, ended: fleet.ended.then(exitCodeOf), stop: () => system.stop() };
}

function fleetActor(options: FleetOptions, slots: readonly Slot[], onReady: (slot: Slot) => void): Actor<FleetProtocol> {
  return (ctx) => {
    const onHopeless = (error: ProcessError) => ctx.result('hopeless', error);
    const keepers = ctx.supervise(
      options.restarts ?? RESTARTS,
      slots.map((slot) => keeperSpec(slot, options, { onReady: () => onReady(slot), onHopeless })),
    );
    for (const [at, { program }] of slots.entries()) if (program.decides) ctx.watch(keepers[at]!, 'decided');

    return {
      hopeless(error) {
        throw error;
      },
      decided(exit) {
        if (exit.reason === 'crash') throw exit.error;
        ctx.stop();
      },
    };
  };
}

/** Ready is a fleet once all of its slots have been, in whatever order and life. */
function readiness(slots: readonly Slot[]) {
  const missing = new Set(slots);
  let settle = () => {};
  const ready = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const onReady = (slot: Slot) => {
    missing.delete(slot);
    if (missing.size === 0) settle();
  };
  if (missing.size === 0) settle();
  return { ready, onReady };
}

interface Slot {
  readonly program: Program;
  readonly name: string;
}

const slotsOf = (program: Program): Slot[] =>
  Array.from({ length: program.count }, (_, at) => ({ program, name: `${program.name}-${at + 1}` }));

function keeperSpec(
  { program, name }: Slot,
  options: FleetOptions,
  hooks: Pick<KeeperOptions, 'onReady' | 'onHopeless'>,
): ChildSpec<never> {
  const { spawn, drainMs = DRAIN_MS, onEnd = () => {} } = options;
  return {
    name,
    actor: processKeeper({ program, slot: name, spawn, drainMs, onEnd, ...hooks }) as Actor<never>,
    restart: program.decides ? 'temporary' : 'permanent',
    stopMs: drainMs + KILL_MARGIN_MS,
  };
}

/** What the process that decided, or gave the fleet up, ended with; 1 when a budget was spent. */
function exitCodeOf(exit: Exit): number {
  if (exit.reason !== 'crash') return 0;
  return exit.error instanceof ProcessError && exit.error.exitCode ? exit.error.exitCode : 1;
}

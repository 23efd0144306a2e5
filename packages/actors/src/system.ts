import type { ChildSpec, LocalRef, Ref } from './actor.js';
import { Cell, type Keeper, refOf } from './cell.js';
import { ActorError } from './error.js';
import { farRef } from './far-ref.js';
import type { Log } from './log.js';
import type { Counters, Runtime } from './runtime.js';
import { type ServeOptions, serveCell } from './serve.js';
import { soon } from './soon.js';
import type { Clock, Random } from './time.js';
import type { Codec, Transport } from './transport.js';

export interface SystemOptions {
  /** First part of every path. */
  readonly name: string;
  /** Needed by `ref` and `serve`. Whoever opened it closes it. */
  readonly transport?: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Freezes bodies that stay in the process (shallow); for tests. `false` by default. */
  readonly freeze?: boolean;
}

/** The actors of one process. */
export interface ActorSystem {
  readonly name: string;
  readonly counters: Readonly<Counters>;
  /** Starts an actor at the top. It has no supervisor: its first crash is its end, and what `ended` tells. */
  spawn<P>(spec: ChildSpec<P>): LocalRef<P>;
  /** A ref to whoever serves `path`. Bodies and replies go through `codec`. Throws BAD_OPTION without a transport. */
  ref<P>(path: string, codec: Codec<P>): Ref<P>;
  /**
   * Lets others reach an actor of this system on `<pattern>.<kind>.*`. Handlers get the received subject in `sender.subject`.
   * Returns the undo. Throws BAD_OPTION without a transport or for a ref that is not of this system.
   */
  serve<P>(
    pattern: string,
    ref: Ref<P> | LocalRef<P>,
    codec: Codec<NoInfer<P>>,
    options?: ServeOptions,
  ): Promise<() => Promise<void>>;
  /** Serves no more, then stops the actors at the top, last spawned first. Never throws. */
  stop(): Promise<void>;
  /** As if the process died now: no actor gets another turn, nothing is undone, nobody is told. */
  kill(): void;
}

export function createSystem({ name, transport, clock, random, log, freeze = false }: SystemOptions): ActorSystem {
  const counters: Counters = { deadLetters: 0, refused: 0, restarts: 0 };
  const runtime: Runtime = { clock, random, log, counters, freeze, killed: false };
  const roots = new Set<Cell>();
  const doors = new Set<() => Promise<void>>();
  const top: Keeper = { lifeOver: (cell, exit) => cell.finish(exit), left: (cell) => roots.delete(cell) };
  let stopped: Promise<void> | undefined;

  return {
    name,
    counters,
    spawn(spec) {
      if (stopped) throw new ActorError('STOPPED', { system: name });
      const cell = new Cell(runtime, name, spec, top);
      roots.add(cell);
      soon(() => void cell.begin());
      return refOf(cell);
    },
    ref: (path, codec) => farRef(runtime, requireTransport(transport), path, codec),
    async serve(pattern, ref, codec, options = {}) {
      const close = await serveCell(requireTransport(transport), pattern, requireCell(ref, runtime), codec, options);
      const undo = async () => {
        if (doors.delete(undo)) await close();
      };
      doors.add(undo);
      return undo;
    },
    stop() {
      stopped ??= runtime.killed ? Promise.resolve() : stopAll(log, doors, roots);
      return stopped;
    },
    kill() {
      runtime.killed = true;
    },
  };
}

async function stopAll(log: Log, doors: Set<() => Promise<void>>, roots: Set<Cell>): Promise<void> {
  for (const close of doors) await close().catch((err) => log.warn({ err }, 'door not closed'));
  for (const cell of [...roots].reverse()) await cell.stop();
}

function requireTransport(transport: Transport | undefined): Transport {
  if (!transport) throw new ActorError('BAD_OPTION', { option: 'transport', expected: 'a transport', got: 'none' });
  return transport;
}

function requireCell(ref: unknown, runtime: Runtime): Cell {
  if (ref instanceof Cell && ref.runtime === runtime) return ref;
  throw new ActorError('BAD_OPTION', { option: 'ref', expected: 'an actor of this system', got: 'another' });
}

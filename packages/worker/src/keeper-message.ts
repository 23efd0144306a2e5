import type { HeldBatch } from './held-batch.js';
import type { LogLine } from './relay-log.js';

/** What the keeper's thread is told, beside what stands in the ring. `look`: something does, and it had stopped looking. */
export type ToKeeper =
  | readonly ['look']
  | readonly ['keep', HeldBatch]
  | readonly ['ended', readonly number[]]
  | readonly ['pong']
  | readonly ['stop'];

/** What it tells. `failed`: it cannot begin; the code and facts of why. */
export type FromKeeper =
  | readonly ['ready']
  | readonly ['failed', string, object]
  | readonly ['lost', number]
  | readonly ['cancel', number]
  | readonly ['ping']
  | LogLine
  | readonly ['stopped'];

/** What makes the thread's own connection. */
export interface Connector {
  /** URL of a module. */
  readonly module: string;
  /** Name of its export: `(options & { clock, random, log }) => Promise<Transport>`. */
  readonly export: string;
  /** Plain data. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the thread is started with. */
export interface KeeperThreadData {
  readonly connector: Connector;
  readonly brokerPath: string;
  readonly graceMs: number;
  /** Of a {@link KeeperRing}. */
  readonly ring: SharedArrayBuffer;
  /** The process this one must not outlive; 0 = none. */
  readonly parentPid: number;
}

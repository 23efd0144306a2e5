import type { Token } from '@tiercel/protocol';
import type { JobMessage } from './job-message.js';
import type { LogLine } from './relay-log.js';

/** What the keeper's thread is told. */
export type ToKeeper =
  | readonly ['demand', number]
  | readonly ['started', readonly Token[]]
  | readonly ['ended', readonly Token[]]
  | readonly ['pong']
  | readonly ['drain']
  | readonly ['stop'];

/** What it tells. `failed`: it cannot begin; the code and facts of why. */
export type FromKeeper =
  | readonly ['ready']
  | readonly ['failed', string, object]
  | readonly ['jobs', JobMessage]
  | readonly ['lost', Token]
  | readonly ['cancel', Token]
  | readonly ['ping']
  | LogLine
  | readonly ['drained']
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
  readonly queues: readonly string[];
  readonly owner: string;
  readonly graceMs: number;
  /** The process this one must not outlive; 0 = none. */
  readonly parentPid: number;
}

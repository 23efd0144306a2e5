import type { LeasedJob } from '@tiercel/protocol';
import type { AbortCause } from './abort.js';
import type { Verdict } from './outcome.js';
import type { LogLine } from './relay-log.js';

/** What a child is told. One job at a time. */
export type ToChild = readonly ['run', LeasedJob] | readonly ['abort', AbortCause];

/** What a child tells. `unfit`: its handlers do not load, so that it can run nothing; with why. */
export type FromChild = readonly ['verdict', Verdict] | readonly ['unfit', string] | LogLine;

const LEVELS: readonly unknown[] = ['debug', 'info', 'warn', 'error'];

/** Whether a message is of ours: a handler, or a library of it, may send its parent whatever it likes. */
export function isFromChild(message: unknown): message is FromChild {
  if (!Array.isArray(message)) return false;
  const [kind, what, facts, text] = message as unknown[];
  if (kind === 'verdict') return isVerdict(what);
  if (kind === 'unfit') return typeof what === 'string';
  return kind === 'log' && LEVELS.includes(what) && isObject(facts) && typeof text === 'string';
}

function isVerdict(value: unknown): value is Verdict {
  if (!isObject(value)) return false;
  const { ended, result, reason } = value as { ended?: unknown; result?: unknown; reason?: unknown };
  if (ended === 'returned') return result === undefined || result instanceof Uint8Array;
  return (ended === 'threw' || ended === 'died') && typeof reason === 'string';
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What a child is started with, as the JSON of its first argument. */
export interface ChildArgument {
  readonly paths: readonly string[];
  readonly parentPid: number;
}

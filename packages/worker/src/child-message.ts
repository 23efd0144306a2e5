import type { LeasedJob } from '@tiercel/protocol';
import type { AbortCause } from './abort.js';
import type { Verdict } from './outcome.js';

/** What a child is told. One job at a time. */
export type ToChild = readonly ['run', LeasedJob] | readonly ['abort', AbortCause];

/** What a child tells. */
export type FromChild = readonly ['verdict', Verdict] | readonly ['log', LogLevel, object, string];

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a child is started with, as the JSON of its first argument. */
export interface ChildArgument {
  readonly paths: readonly string[];
  readonly parentPid: number;
}

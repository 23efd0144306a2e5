import type { LeasedJob } from '@tiercel/protocol';
import type { AbortCause } from './abort.js';
import type { Verdict } from './outcome.js';
import type { LogLine } from './relay-log.js';

/** What a child is told. One job at a time. */
export type ToChild = readonly ['run', LeasedJob] | readonly ['abort', AbortCause];

/** What a child tells. `unfit`: its handlers do not load, so that it can run nothing; with why. */
export type FromChild = readonly ['verdict', Verdict] | readonly ['unfit', string] | LogLine;

/** What a child is started with, as the JSON of its first argument. */
export interface ChildArgument {
  readonly paths: readonly string[];
  readonly parentPid: number;
}

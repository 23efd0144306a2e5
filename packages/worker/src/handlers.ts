import type { Log } from '@tiercel/actors';
import type { Duration } from '@tiercel/protocol';

/** What a handler is given. */
export interface HandlerInput {
  /** What the producer enqueued, as the job's schema returned it. */
  readonly data: unknown;
  readonly tenant: string;
  readonly queue: string;
  readonly name: string;
  readonly id: string;
  /** This delivery's number, from 1. */
  readonly attempt: number;
  /** Grows with every delivery of the job: a fence for the handler's own side effects. */
  readonly token: bigint;
  /** Aborts with an {@link AbortReason}. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** How jobs of a name are treated. For whoever enqueues them, and for jobs that nobody of ours has enqueued. */
export interface HandlerSettings {
  /** 0 = no limit. */
  readonly attempts?: number;
  readonly backoff?: { readonly delay?: Duration; readonly max?: Duration };
  readonly timeout?: Duration;
}

export interface Handler {
  readonly name: string;
  /** The queue its jobs go to unless the producer says otherwise. */
  readonly queue?: string;
  /** `inline`: in the worker's own process, many at once. `process`: in a child, one at a time. */
  readonly isolation: 'inline' | 'process';
  readonly settings?: HandlerSettings;
  /** What it returns becomes the job's result; what it throws fails the attempt, or buries the job when `retryable` is false on it. */
  run(input: HandlerInput): unknown | Promise<unknown>;
  /** Returns the data to hand over, or throws; a throw buries the job as BAD_DATA. */
  validate?(data: unknown): Promise<unknown>;
}

/** Handlers by job name. */
export type HandlerTable = ReadonlyMap<string, Handler>;

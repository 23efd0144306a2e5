import { DEFAULTS, type Duration, LIMITS, requireJobName, requireName, toMs } from '@tiercel/protocol';
import { type HandlerInput, JOB } from '@tiercel/worker';
import type { AnySchema, In, Out } from './schema.js';

/** How jobs of this name are treated unless an enqueue says otherwise. Durations: milliseconds, or text such as `'30s'`. */
export interface JobSettings<S extends AnySchema | undefined = AnySchema | undefined> {
  readonly queue: string;
  /** Any Standard Schema. Data is checked when it is enqueued and, parsed, when it is handed to the handler. */
  readonly data?: S;
  /** Attempts that may be spent; 5 by default, 0 = no limit. */
  readonly attempts?: number;
  /** Wait before a retry: random(0 … min(max, delay × 2^n)); 1 s and 1 h by default. */
  readonly backoff?: { readonly delay?: Duration; readonly max?: Duration };
  /** How long one attempt may run; 15 min by default. */
  readonly timeout?: Duration;
  /** How long a lease lasts unless extended; 30 s by default. `'never'`: it does not end by itself, which takes a supervisor. */
  readonly lease?: Duration | 'never';
  /** 0 (first) … 9 (last); 5 by default. */
  readonly priority?: number;
  /** `inline` (default): in the worker's own process, many at once. `process`: in a child that can be killed. */
  readonly isolation?: 'inline' | 'process';
}

/** What a handler is given; `data` as the schema returned it. */
export type JobInput<Data> = Omit<HandlerInput, 'data'> & { readonly data: Data };

/** A kind of job: its name, how it is treated and the code that performs it. */
export interface Job<Data = unknown, Result = unknown> {
  readonly [JOB]: true;
  readonly name: string;
  readonly queue: string;
  readonly isolation: 'inline' | 'process';
  readonly schema?: AnySchema;
  readonly settings: JobSettings;
  readonly handler: (input: HandlerInput) => Result | Promise<Result>;
  /** Only for the type checker. */
  readonly types?: { readonly data: Data; readonly result: Result };
}

/**
 * Defines a kind of job. The object is all that producer and consumer share: the producer enqueues by it, the consumer performs it.
 * Throws BAD_NAME and BAD_OPTION at once, not when the first job comes.
 */
export function defineJob<S extends AnySchema | undefined = undefined, Result = unknown>(
  name: string,
  settings: JobSettings<S>,
  handler: (input: JobInput<S extends AnySchema ? Out<S> : unknown>) => Result | Promise<Result>,
): Job<S extends AnySchema ? In<S> : unknown, Result> {
  check(settings);
  return {
    [JOB]: true,
    name: requireJobName(name),
    queue: requireName('queue', settings.queue),
    isolation: settings.isolation ?? 'inline',
    settings,
    handler: handler as (input: HandlerInput) => Result | Promise<Result>,
    ...(settings.data === undefined ? {} : { schema: settings.data }),
  };
}

function check({ timeout, lease, backoff }: JobSettings): void {
  toMs('timeout', timeout ?? DEFAULTS.timeoutMs, LIMITS.timeoutMs);
  if (lease !== 'never') toMs('lease', lease ?? DEFAULTS.leaseMs, LIMITS.leaseMs);
  toMs('backoff.delay', backoff?.delay ?? DEFAULTS.backoffMs, LIMITS.backoffMs);
  toMs('backoff.max', backoff?.max ?? DEFAULTS.backoffMaxMs, LIMITS.backoffMs);
}

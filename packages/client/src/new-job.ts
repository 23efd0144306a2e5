import { type Clock, type Random, uuidV7 } from '@tiercel/actors';
import {
  AS_QUEUE,
  checksumOf,
  DEFAULTS,
  type Duration,
  type Encoding,
  encodeData,
  fail,
  LIMITS,
  type NewJob,
  requireJobId,
  requireJobName,
  requireName,
  toMs,
} from '@tiercel/protocol';
import { duration, refuse, whole } from './bounded.js';

/** What a caller may say of one job beside its data. Durations: milliseconds, or text such as `'5s'`. */
export interface JobOptions {
  /** The caller's own id: the same id with the same job is stored once. Made up (UUIDv7) when absent. */
  readonly id?: string | undefined;
  /** Wait so long before the job is ready; at most 366 days. */
  readonly delay?: Duration | undefined;
  /**
   * Instead of a delay: the job is ready at this time, on the clock of the storage; a number is milliseconds since 1970. At most 366 days
   * ahead; a time that has passed is now.
   */
  readonly at?: Date | number | undefined;
  /** 0 (first) … 9 (last); 5 by default. */
  readonly priority?: number | undefined;
  /** Attempts that may be spent, 0 = no limit; by default what the queue says whenever that is asked, else 5. */
  readonly attempts?: number | undefined;
  /**
   * How long a lease lasts unless extended, at least 1 s; `'never'` or 0: it does not end by itself. By default what the queue says at each
   * reserve, else 30 s.
   */
  readonly lease?: Duration | 'never' | undefined;
  /** How long one attempt may run; 15 min by default. */
  readonly timeout?: Duration | undefined;
  /** Wait before a retry: random(0 … min(max, delay × 2^n)); 1 s and 1 h by default. */
  readonly backoff?: { readonly delay?: Duration; readonly max?: Duration } | undefined;
  /** The job expires when it has not started after so long; never by default. */
  readonly ttl?: Duration | undefined;
}

export interface JobRequest extends JobOptions {
  readonly queue: string;
  readonly name: string;
  /** Anything `encodeData` carries; already encoded bytes when `encoding` is given. */
  readonly data?: unknown;
  readonly encoding?: Encoding;
}

/** A request made whole: names checked, data encoded, defaults filled in. Throws BAD_NAME, BAD_DATA, PAYLOAD_TOO_LARGE, BAD_OPTION. */
export function newJob(request: JobRequest, tenant: string, clock: Clock, random: Random): NewJob {
  const id = request.id === undefined ? uuidV7(clock, random) : requireJobId(request.id);
  const queue = requireName('queue', request.queue);
  const name = requireJobName(request.name);
  const encoding = request.encoding ?? 'msgpack';
  const payload = request.encoding === undefined ? encodeData(request.data) : encoded(request.data);
  return {
    id,
    generated: request.id === undefined,
    queue,
    name,
    payload,
    encoding,
    checksum: checksumOf({ id, tenant, queue, name, encoding, payload }),
    delayMs: duration('delay', request.delay, 0, LIMITS.delayMs),
    atMs: request.at === undefined ? 0 : timeOf(request.at, request.delay, clock),
    priority: whole('priority', request.priority ?? DEFAULTS.priority, 0, LIMITS.priority),
    attempts: request.attempts === undefined ? AS_QUEUE : whole('attempts', request.attempts, 0, LIMITS.attempts),
    leaseMs: leaseOf(request.lease),
    timeoutMs: Math.max(1, duration('timeout', request.timeout, DEFAULTS.timeoutMs, LIMITS.timeoutMs)),
    backoffMs: duration('backoff.delay', request.backoff?.delay, DEFAULTS.backoffMs, LIMITS.backoffMs),
    backoffMaxMs: duration('backoff.max', request.backoff?.max, DEFAULTS.backoffMaxMs, LIMITS.backoffMs),
    ttlMs: duration('ttl', request.ttl, 0, LIMITS.delayMs),
  };
}

function timeOf(at: Date | number, delay: Duration | undefined, clock: Clock): number {
  if (delay !== undefined) refuse('at', 'a time or a delay, not both', at);
  const atMs = Math.round(Number(at));
  const isTime = at instanceof Date || typeof at === 'number';
  return isTime && atMs <= clock.now() + LIMITS.delayMs
    ? Math.max(0, atMs)
    : refuse('at', 'a Date, or milliseconds since 1970, at most 366 days ahead', at);
}

function leaseOf(given: Duration | 'never' | undefined): number {
  if (given === undefined) return AS_QUEUE;
  const leaseMs = given === 'never' ? 0 : toMs('lease', given, LIMITS.leaseMs);
  return leaseMs === 0 ? 0 : Math.max(LIMITS.leaseMinMs, leaseMs);
}

function encoded(data: unknown): Uint8Array {
  if (!(data instanceof Uint8Array)) return fail('BAD_DATA', { reason: 'encoded data must be bytes' });
  return data.length <= LIMITS.payloadMostBytes
    ? data
    : fail('PAYLOAD_TOO_LARGE', { bytes: data.length, max: LIMITS.payloadMostBytes });
}

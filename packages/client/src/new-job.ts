import { type Clock, type Random, uuidV7 } from '@tiercel/actors';
import {
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

/** What a caller may say of one job beside its data. Durations: milliseconds, or text such as `'5s'`. */
export interface JobOptions {
  /** The caller's own id: the same id with the same job is stored once. Made up (UUIDv7) when absent. */
  readonly id?: string | undefined;
  /** Wait so long before the job is ready; at most 366 days. */
  readonly delay?: Duration | undefined;
  /** 0 (first) … 9 (last); 5 by default. */
  readonly priority?: number | undefined;
  /** Attempts that may be spent; 5 by default, 0 = no limit. */
  readonly attempts?: number | undefined;
  /** How long a lease lasts unless extended; 30 s by default, at least 1 s. */
  readonly lease?: Duration | undefined;
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

const MIN_LEASE_MS = 1_000;

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
    atMs: 0,
    priority: whole('priority', request.priority, DEFAULTS.priority, LIMITS.priority),
    attempts: whole('attempts', request.attempts, DEFAULTS.attempts, LIMITS.attempts),
    leaseMs: Math.max(MIN_LEASE_MS, duration('lease', request.lease, DEFAULTS.leaseMs, LIMITS.leaseMs)),
    timeoutMs: Math.max(1, duration('timeout', request.timeout, DEFAULTS.timeoutMs, LIMITS.timeoutMs)),
    backoffMs: duration('backoff.delay', request.backoff?.delay, DEFAULTS.backoffMs, LIMITS.backoffMs),
    backoffMaxMs: duration('backoff.max', request.backoff?.max, DEFAULTS.backoffMaxMs, LIMITS.backoffMs),
    ttlMs: duration('ttl', request.ttl, 0, LIMITS.delayMs),
  };
}

const duration = (option: string, given: Duration | undefined, standard: number, max: number): number =>
  given === undefined ? standard : toMs(option, given, max);

function whole(option: string, given: number | undefined, standard: number, max: number): number {
  if (given === undefined) return standard;
  return Number.isInteger(given) && given >= 0 && given <= max
    ? given
    : fail('BAD_OPTION', { option, expected: `a whole number 0 to ${max}`, got: String(given) });
}

function encoded(data: unknown): Uint8Array {
  if (!(data instanceof Uint8Array)) return fail('BAD_DATA', { reason: 'encoded data must be bytes' });
  return data.length <= LIMITS.payloadMostBytes
    ? data
    : fail('PAYLOAD_TOO_LARGE', { bytes: data.length, max: LIMITS.payloadMostBytes });
}

import { AS_QUEUE, type JobState, type JobView, type LeasedJob, type NewJob } from '@tiercel/protocol';
import type { Linked } from './chain.js';
import type { Expiry } from './expiry.js';
import type { Slotted } from './heap.js';
import type { Pair } from './pair.js';

/**
 * A stored job. Only the memory driver holds these; what leaves it is a {@link viewOf} or {@link leasedOf} with bytes of its own.
 * A ready, dead or finished one stands in a chain of its pair, a scheduled or leased one in a heap of its shard.
 */
export interface JobRecord extends Linked<JobRecord>, Slotted {
  readonly given: Omit<NewJob, 'payload'>;
  /** Another one than it was handed in for, when its time to live ran out and its queue says so. */
  pair: Pair;
  readonly createdAtMs: number;
  /** When its time to live runs out if it has not started; 0 = never, as after a revival or a move. */
  expiresAtMs: number;
  /** Where it stands among those that may expire; undefined when it is not there. */
  expiry: Expiry | undefined;
  payload: Body | undefined;
  result: Body | undefined;
  state: JobState;
  /** When it is due (scheduled), its lease ends (leased) or it finished (final); 0 when ready. */
  atMs: number;
  /** When it became ready last. Only of a ready one. */
  readyAtMs: number;
  /** Dead, and set aside where no retention reaches it: in no count and no list of its pair. */
  quarantined: boolean;
  /**
   * Where it stands among those in its state: grows with every move in the shard, and is below all others for a job put at the head.
   * A shard can be built again from records alone. Means nothing for a leased one.
   */
  order: number;
  attempt: number;
  spent: number;
  undelivered: number;
  lostLeases: number;
  /** Whether the holder of the lease has given a sign of life. */
  delivered: boolean;
  cancelRequested: boolean;
  owner: string;
  reason: string;
  /** Of the lease that is on; '' when none is. */
  token: string;
  /** Of the lease that was settled last. */
  lastToken: string | undefined;
}

/** Bytes of a job: in memory, or wherever a driver put them and reads them from when `slice` asks for a copy. */
export interface Body {
  readonly length: number;
  slice(): Uint8Array;
}

export function newRecord({ payload, ...given }: NewJob, pair: Pair, createdAtMs: number): JobRecord {
  return {
    given,
    pair,
    createdAtMs,
    expiresAtMs: expiryOf(given.ttlMs, pair.rules.maxAgeMs, createdAtMs),
    expiry: undefined,
    payload: copyOf(payload),
    result: undefined,
    state: 'ready',
    atMs: 0,
    readyAtMs: 0,
    quarantined: false,
    order: 0,
    attempt: 0,
    spent: 0,
    undelivered: 0,
    lostLeases: 0,
    delivered: false,
    cancelRequested: false,
    owner: '',
    reason: '',
    token: '',
    lastToken: undefined,
    before: undefined,
    after: undefined,
    slot: -1,
  };
}

/** Bytes of one's own, of which `slice` then makes copies. (That of a Buffer would share them.) */
export const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** Of its payload. */
export const sizeOf = (job: JobRecord): number => job.payload?.length ?? 0;

/** A suspect lost a lease before and is handed out alone. */
export const isSuspect = (job: JobRecord): boolean => job.lostLeases > 0;

/** Its time to live ran out before its first start. */
export const isOverdue = (job: JobRecord, nowMs: number): boolean => mayExpire(job) && nowMs >= job.expiresAtMs;

/** Once it has started it does not. */
export const mayExpire = ({ attempt, expiresAtMs }: JobRecord): boolean => attempt === 0 && expiresAtMs > 0;

/** Of the two times to live the shorter; 0 is none. */
function expiryOf(ttlMs: number, maxAgeMs: number, createdAtMs: number): number {
  const told = [ttlMs, maxAgeMs].filter((ms) => ms > 0);
  return told.length === 0 ? 0 : createdAtMs + Math.min(...told);
}

/** How long its leases last, and how many attempts it may spend: its own word, or that of its queue now. */
export const leaseMsOf = ({ given, pair }: JobRecord): number => (given.leaseMs === AS_QUEUE ? pair.rules.leaseMs : given.leaseMs);
const attemptsOf = ({ given, pair }: JobRecord): number => (given.attempts === AS_QUEUE ? pair.rules.attempts : given.attempts);

/** Its allowance is used up. */
export const isSpent = (job: JobRecord): boolean => attemptsOf(job) > 0 && job.spent >= attemptsOf(job);

export function viewOf(job: JobRecord, withPayload: boolean): JobView {
  const { given, pair, payload, result } = job;
  return {
    id: given.id,
    tenant: pair.tenant,
    queue: pair.queue,
    name: given.name,
    state: job.state,
    attempt: job.attempt,
    spent: job.spent,
    attempts: given.attempts,
    undelivered: job.undelivered,
    lostLeases: job.lostLeases,
    priority: given.priority,
    cancelRequested: job.cancelRequested,
    createdAtMs: job.createdAtMs,
    atMs: job.atMs,
    owner: job.owner,
    reason: job.reason,
    encoding: given.encoding,
    ...(result && { result: result.slice() }),
    ...(withPayload && payload && { payload: payload.slice() }),
  };
}

export function leasedOf(job: JobRecord, payload: Uint8Array): LeasedJob {
  const { given, pair } = job;
  return {
    tenant: pair.tenant,
    id: given.id,
    token: job.token,
    queue: pair.queue,
    name: given.name,
    payload,
    encoding: given.encoding,
    checksum: given.checksum,
    originQueue: given.queue,
    attempt: job.attempt,
    spent: job.spent,
    attempts: attemptsOf(job),
    lostLeases: job.lostLeases,
    leaseMs: leaseMsOf(job),
    timeoutMs: given.timeoutMs,
    backoffMs: given.backoffMs,
    backoffMaxMs: given.backoffMaxMs,
    createdAtMs: job.createdAtMs,
  };
}

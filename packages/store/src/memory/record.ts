import type { JobState, JobView, LeasedJob, NewJob } from '@tiercel/protocol';
import type { Linked } from './chain.js';
import type { Slotted } from './heap.js';
import type { Pair } from './pair.js';

/**
 * A stored job. Only the memory driver holds these; what leaves it is a {@link viewOf} or {@link leasedOf} with bytes of its own.
 * A ready, dead or finished one stands in a chain of its pair, a scheduled or leased one in a heap of its shard.
 */
export interface JobRecord extends Linked<JobRecord>, Slotted {
  readonly given: Omit<NewJob, 'payload'>;
  readonly pair: Pair;
  readonly createdAtMs: number;
  payload: Body | undefined;
  result: Body | undefined;
  state: JobState;
  /** When it is due (scheduled), its lease ends (leased) or it finished (final); 0 when ready. */
  atMs: number;
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
    payload: copyOf(payload),
    result: undefined,
    state: 'ready',
    atMs: 0,
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

/** A suspect lost a lease before and is handed out alone. */
export const isSuspect = (job: JobRecord): boolean => job.lostLeases > 0;

/** Its time to live ran out before its first start. */
export const isOverdue = ({ attempt, createdAtMs, given }: JobRecord, nowMs: number): boolean =>
  attempt === 0 && given.ttlMs > 0 && nowMs - createdAtMs >= given.ttlMs;

/** Its allowance is used up. */
export const isSpent = ({ spent, given }: JobRecord): boolean => given.attempts > 0 && spent >= given.attempts;

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

export function leasedOf(job: JobRecord): LeasedJob {
  const { given, pair } = job;
  return {
    tenant: pair.tenant,
    id: given.id,
    token: job.token,
    queue: pair.queue,
    name: given.name,
    payload: (job.payload as Body).slice(),
    encoding: given.encoding,
    checksum: given.checksum,
    originQueue: given.queue,
    attempt: job.attempt,
    spent: job.spent,
    attempts: given.attempts,
    lostLeases: job.lostLeases,
    leaseMs: given.leaseMs,
    timeoutMs: given.timeoutMs,
    backoffMs: given.backoffMs,
    backoffMaxMs: given.backoffMaxMs,
    createdAtMs: job.createdAtMs,
  };
}

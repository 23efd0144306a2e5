/** Where a job is in its life; docs/job-lifecycle.md has the drawing. */
export const STATES = ['ready', 'scheduled', 'leased', 'completed', 'dead', 'cancelled', 'expired'] as const;
export type JobState = (typeof STATES)[number];

/** How the bytes of a payload are to be read. */
export const ENCODINGS = ['msgpack', 'json', 'raw'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** How much a stored job survives. */
export const DURABILITIES = ['memory', 'process-crash', 'power-loss', 'replicated', 'unknown'] as const;
export type Durability = (typeof DURABILITIES)[number];

/** Of `attempts` and `leaseMs`: the job leaves it to the settings of its queue. */
export const AS_QUEUE = -1;

/** A job as its producer hands it in. Times in milliseconds. Every field is present: the client fills defaults in. */
export interface NewJob {
  readonly id: string;
  /** Whether the client made the id up; decides how long it is remembered. */
  readonly generated: boolean;
  readonly queue: string;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly encoding: Encoding;
  /** {@link checksumOf} over id, tenant, queue, name, encoding and payload. */
  readonly checksum: number;
  /** Wait this long, on the storage's clock, before the job is ready. */
  readonly delayMs: number;
  /** Instead of a delay: the job is ready at this time of the storage's clock (ms since 1970); 0 = no such time. */
  readonly atMs: number;
  /** 0 (first) … 9 (last); 5 by default. */
  readonly priority: number;
  /** How many deliveries may be spent; 0 = no limit, {@link AS_QUEUE} = what its queue says whenever that is asked. */
  readonly attempts: number;
  /** How long a lease lasts; 0 = it never ends by itself, {@link AS_QUEUE} = what its queue says at each reserve. */
  readonly leaseMs: number;
  /** How long one attempt may run. */
  readonly timeoutMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** The job expires when it has not started after this long; 0 = never. */
  readonly ttlMs: number;
}

/** What one may know of a job at any time. */
export interface JobView {
  readonly id: string;
  readonly tenant: string;
  readonly queue: string;
  readonly name: string;
  readonly state: JobState;
  /** Deliveries that began; never goes down. */
  readonly attempt: number;
  /** How much of `attempts` is used. */
  readonly spent: number;
  /** As the job was handed in: 0 = no limit, {@link AS_QUEUE} = as its queue says. */
  readonly attempts: number;
  readonly undelivered: number;
  readonly lostLeases: number;
  readonly priority: number;
  readonly cancelRequested: boolean;
  readonly createdAtMs: number;
  /** When a scheduled job becomes ready, a lease ends ({@link NEVER_MS} for one that never does), or a finished job finished; 0 for a ready one. */
  readonly atMs: number;
  /** Who holds the lease, or held the last one; '' before the first. */
  readonly owner: string;
  /** Why the last attempt failed, or the job died; '' when nothing did. */
  readonly reason: string;
  /** What the handler returned, encoded; only of completed jobs. */
  readonly result?: Uint8Array;
  readonly encoding: Encoding;
  /** Present when asked for and the state keeps it (not of completed, cancelled and expired jobs). */
  readonly payload?: Uint8Array;
}

/** The end of a lease that never ends by itself: 2^48 - 1 ms. */
export const NEVER_MS = 2 ** 48 - 1;

export interface QueueView {
  readonly queue: string;
  readonly ready: number;
  readonly scheduled: number;
  readonly leased: number;
  readonly dead: number;
  /** Kept finished jobs: completed, cancelled or expired, not yet pruned. */
  readonly finished: number;
  /** Payload bytes of what waits: ready and scheduled jobs. */
  readonly bytes: number;
  /** For how long the ready job that is longest ready has been so, in ms of the storage's clock; 0 when none is ready. */
  readonly oldestMs: number;
  /** Whether it, or its tenant, is paused. */
  readonly paused: boolean;
}

export const isFinal = (state: JobState): boolean =>
  state === 'completed' || state === 'dead' || state === 'cancelled' || state === 'expired';

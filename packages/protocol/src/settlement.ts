import type { LeaseRef } from './lease.js';

export const OUTCOMES = ['ack', 'release', 'bury'] as const;

/** How a worker ends a lease. */
export type Settlement = LeaseRef & (Ack | Release | Bury);

export interface Ack {
  readonly outcome: 'ack';
  /** What the handler returned, encoded; at most `LIMITS.resultBytes`. */
  readonly result?: Uint8Array;
}

/** Back to the queue after `delayMs`. */
export interface Release {
  readonly outcome: 'release';
  readonly delayMs: number;
  /** Whether one of the job's attempts is used up; the job dies when none remains. */
  readonly spend: boolean;
  /** Whether the process that ran the job died: counts as a lost lease, so the job becomes suspect. */
  readonly lost: boolean;
  /** To the head of its queue instead of the tail. Only with `delayMs` 0. */
  readonly head: boolean;
  readonly reason: string;
  /** The queue it goes back to, where the worker knows it: only a hint, so that a waiting reserve is served at once. */
  readonly queue?: string;
}

/** To the dead letters at once. */
export interface Bury {
  readonly outcome: 'bury';
  readonly reason: string;
  /** The payload does not match its checksum: the record is set aside untouched, where no retention reaches it. */
  readonly corrupt?: boolean;
}

/** `OK_ALREADY`: this very token settled it before. `LEASE_LOST`: nothing changed. */
export const SETTLE_CODES = ['OK', 'OK_ALREADY', 'LEASE_LOST'] as const;
export type SettleCode = (typeof SETTLE_CODES)[number];

/** `CANCEL`: extended, and the handler should stop. */
export const EXTEND_CODES = ['OK', 'CANCEL', 'LEASE_LOST'] as const;
export type ExtendCode = (typeof EXTEND_CODES)[number];

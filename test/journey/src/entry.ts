import {
  type ExtendCode,
  fenceOf,
  isFinal,
  type JobState,
  LIMITS,
  type NewJob,
  type SettleCode,
  type Settlement,
} from '@tiercel/protocol';

/** What the ledger knows of one job: what it must be by everything that was asked and answered so far. */
export interface Entry {
  readonly given: NewJob & { readonly tenant: string };
  readonly createdAtMs: number;
  state: JobState | 'gone';
  attempt: number;
  spent: number;
  undelivered: number;
  lostLeases: number;
  delivered: boolean;
  cancelRequested: boolean;
  owner: string;
  /** Of the lease that is on, or was on last. */
  token: string;
  /** Storage time: end of the lease, due time, or when it ended. */
  atMs: number;
  /** The token that settled it last, and when. */
  lastToken: string;
  lastTokenAtMs: number;
  /** The token whose ack was answered OK. */
  acked: string;
  /** Virtual time at which the end of the present lease was first seen to be over. */
  overdueSinceMs: number | undefined;
}

export function newEntry(given: Entry['given'], nowMs: number): Entry {
  const dueMs = given.atMs || nowMs + given.delayMs;
  return {
    given,
    createdAtMs: nowMs,
    state: dueMs > nowMs ? 'scheduled' : 'ready',
    attempt: 0,
    spent: 0,
    undelivered: 0,
    lostLeases: 0,
    delivered: false,
    cancelRequested: false,
    owner: '',
    token: '',
    atMs: dueMs > nowMs ? dueMs : 0,
    lastToken: '',
    lastTokenAtMs: 0,
    acked: '',
    overdueSinceMs: undefined,
  };
}

export const isLeased = (entry: Entry): boolean => entry.state === 'leased';
export const isWaiting = ({ state }: Entry): boolean => state === 'ready' || state === 'scheduled';
export const isOver = ({ state }: Entry): boolean => state !== 'gone' && isFinal(state);

/** Its time to live ran out before its first start. */
export const isOverdue = ({ attempt, createdAtMs, given }: Entry, nowMs: number): boolean =>
  attempt === 0 && given.ttlMs > 0 && nowMs - createdAtMs >= given.ttlMs;

const isSpent = ({ spent, given }: Entry): boolean => given.attempts > 0 && spent >= given.attempts;

export function move(entry: Entry, state: Entry['state'], atMs: number): void {
  entry.state = state;
  entry.atMs = atMs;
  entry.overdueSinceMs = undefined;
}

export function grant(entry: Entry, token: string, owner: string, endsAtMs: number): void {
  move(entry, 'leased', endsAtMs);
  entry.attempt++;
  entry.delivered = false;
  entry.token = token;
  entry.owner = owner;
}

/** Whether `token` may be granted after those before: larger in its increasing part. */
export const growsTo = (entry: Entry, token: string): boolean => entry.token === '' || fenceOf(token) > fenceOf(entry.token);

/** Whether the lease of this token is on, as far as nobody took it back. */
export const holds = (entry: Entry | undefined, token: string): boolean => entry?.state === 'leased' && entry.token === token;

/** What an extend has to be answered. */
export function dueExtend(entry: Entry | undefined, token: string, nowMs: number): ExtendCode {
  if (!entry || !holds(entry, token) || nowMs >= entry.atMs) return 'LEASE_LOST';
  return entry.cancelRequested ? 'CANCEL' : 'OK';
}

/** What a settle has to be answered. */
export function dueSettle(entry: Entry | undefined, token: string): SettleCode {
  if (entry === undefined || entry.state === 'gone') return 'LEASE_LOST';
  if (holds(entry, token)) return 'OK';
  return entry.lastToken === token ? 'OK_ALREADY' : 'LEASE_LOST';
}

export function settle(entry: Entry, settlement: Settlement, nowMs: number): void {
  entry.lastToken = settlement.token;
  entry.lastTokenAtMs = nowMs;
  if (settlement.outcome === 'ack') move(entry, 'completed', nowMs);
  else if (settlement.outcome === 'bury') move(entry, 'dead', nowMs);
  else {
    if (settlement.spend) entry.spent++;
    if (settlement.lost) entry.lostLeases++;
    if (entry.cancelRequested) move(entry, 'cancelled', nowMs);
    else if (isSpent(entry) || entry.lostLeases >= LIMITS.lostLeases) move(entry, 'dead', nowMs);
    else if (settlement.delayMs > 0) move(entry, 'scheduled', nowMs + settlement.delayMs);
    else move(entry, 'ready', 0);
  }
}

/** The lease ended without a word of its holder. */
export function takeBack(entry: Entry, nowMs: number): void {
  if (entry.delivered) {
    entry.spent++;
    entry.lostLeases++;
  } else entry.undelivered++;
  const dies = entry.delivered ? isSpent(entry) || entry.lostLeases >= LIMITS.lostLeases : entry.undelivered >= LIMITS.undelivered;
  if (entry.cancelRequested) move(entry, 'cancelled', nowMs);
  else if (dies) move(entry, 'dead', nowMs);
  else move(entry, 'ready', 0);
}

export function revive(entry: Entry): void {
  move(entry, 'ready', 0);
  Object.assign(entry, { spent: 0, lostLeases: 0, undelivered: 0, cancelRequested: false });
}

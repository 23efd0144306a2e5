import type { Encoding } from './job.js';

/**
 * The fencing value of a lease: 16 lower-case hex digits of a counter that never goes back in a shard
 * (`max(last + 1, storeNowMs × 4096)`), then 8 of the granting broker's random nonce. Compared whole.
 */
export type Token = string;

const TOKEN = /^[0-9a-f]{24}$/;
export const isToken = (text: unknown): text is Token => typeof text === 'string' && TOKEN.test(text);

/** The increasing part of a token: what a handler uses to fence its own side effects. */
export const fenceOf = (token: Token): bigint => BigInt(`0x${token.slice(0, 16)}`);

/** The rest of it: whose grant it is. */
export const nonceOf = (token: Token): string => token.slice(16);

/** Names one grant of one job. */
export interface LeaseRef {
  readonly tenant: string;
  readonly id: string;
  readonly token: Token;
}

/** A job as a reserve hands it out, with its lease. */
export interface LeasedJob extends LeaseRef {
  readonly queue: string;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly encoding: Encoding;
  readonly checksum: number;
  /** Queue the checksum was made for; differs from `queue` only after a move. */
  readonly originQueue: string;
  /** This delivery's number, from 1. */
  readonly attempt: number;
  readonly spent: number;
  readonly attempts: number;
  /** More than 0 makes the job a suspect: run it alone. */
  readonly lostLeases: number;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly createdAtMs: number;
}

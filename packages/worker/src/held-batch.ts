import type { LeaseRef } from '@tiercel/protocol';
import type { Grant } from './grant.js';

/** What a lease is to its keeper. Times are monotonic milliseconds. */
export interface HeldLease {
  /** {@link HeldBatch.first} + its place in the batch. */
  readonly key: number;
  readonly ref: LeaseRef & { readonly leaseMs: number };
  readonly timeoutMs: number;
  readonly endAt: number;
}

/** Keys of one batch; no batch of jobs is larger. */
const KEYS = 512;
export const NUMBERS_OF_LEASE = 3;

/**
 * The leases of jobs that begin together. Nearly all jobs are done long before anything must be done about their leases, so a batch
 * is carried from thread to thread and counted as it is, and only taken apart when it has grown old. Plain data.
 */
export interface HeldBatch {
  readonly first: number;
  readonly count: number;
  /** When the first of these leases ends. */
  readonly endAt: number;
  /** How long the shortest of these jobs may run. */
  readonly timeoutMs: number;
  /** A line for each lease: tenant, id and token, none of which has a blank. */
  readonly lines: string;
  /** Three for each: end, timeout and length of its lease. */
  readonly numbers: Float64Array;
}

/** The `serial`th batch of a worker. */
export function heldBatch(serial: number, grants: readonly Grant[]): HeldBatch {
  const numbers = new Float64Array(grants.length * NUMBERS_OF_LEASE);
  let lines = '';
  let firstEnd = Number.POSITIVE_INFINITY;
  let shortest = Number.POSITIVE_INFINITY;
  for (let place = 0; place < grants.length; place++) {
    const { job, endAt } = grants[place] as Grant;
    lines += `${place === 0 ? '' : '\n'}${job.tenant} ${job.id} ${job.token}`;
    numbers[place * NUMBERS_OF_LEASE] = endAt;
    numbers[place * NUMBERS_OF_LEASE + 1] = job.timeoutMs;
    numbers[place * NUMBERS_OF_LEASE + 2] = job.leaseMs;
    firstEnd = Math.min(firstEnd, endAt);
    shortest = Math.min(shortest, job.timeoutMs);
  }
  return { first: serial * KEYS, count: grants.length, endAt: firstEnd, timeoutMs: shortest, lines, numbers };
}

export function leasesOf({ first, lines, numbers }: HeldBatch): HeldLease[] {
  return lines.split('\n').map((line, place) => {
    const [tenant, id, token] = line.split(' ') as [string, string, string];
    const [endAt, timeoutMs, leaseMs] = numbers.subarray(place * NUMBERS_OF_LEASE) as unknown as [number, number, number];
    return { key: first + place, ref: { tenant, id, token, leaseMs }, timeoutMs, endAt };
  });
}

/** The first key of the batch a key belongs to. */
export const firstOf = (key: number): number => key - (key % KEYS);

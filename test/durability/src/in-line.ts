import { readFileSync } from 'node:fs';

/**
 * For how long this process and the one of `pid` have stood in line for a processor since they began, in milliseconds: ready to run, and
 * others ran. What a machine with more to do makes somebody wait is not what storage makes him wait. Linux only.
 */
export function inLineMs(pid: number | string | undefined): number {
  return standingMs('self') + standingMs(pid ?? 'self');
}

/** The second of three figures, in nanoseconds; of the main thread. */
const standingMs = (process: number | string): number =>
  Number(readFileSync(`/proc/${process}/schedstat`, 'latin1').split(' ')[1]) / 1e6;

import { readFileSync } from 'node:fs';

/**
 * For how long this process and the one of `pid` have stood in line for a processor since they began, in milliseconds: ready to run, and
 * others ran. What a machine with more to do makes somebody wait is not what storage makes him wait. Linux only.
 */
export function inLineMs(pid: number | string | undefined): number {
  return standingMs('self') + standingMs(pid ?? 'self');
}

/** For how long the process of `pid` has worked since it began, in milliseconds, give or take a tick of the scheduler. Linux only. */
export const workedMs = (pid: number | string): number => scheduled(pid, 0);

const standingMs = (process: number | string): number => scheduled(process, 1);

/** Of the main thread; nanoseconds in the file: on a processor, in line for one. */
const scheduled = (process: number | string, place: number): number =>
  Number(readFileSync(`/proc/${process}/schedstat`, 'latin1').split(' ')[place]) / 1e6;

/**
 * `HANDLER_RUNS`: a handler has not ended in real time. `TIME_STANDS_STILL`: somebody waits for a job, and nobody lets time pass.
 * `KEEPS_COMING`: more runs than `maxRuns`. `TIME_PASSES`: time was let on while it was passing, as from a handler.
 */
export type KitErrorCode = 'HANDLER_RUNS' | 'TIME_STANDS_STILL' | 'KEEPS_COMING' | 'TIME_PASSES';

/** What goes wrong in a test itself, not in the jobs that it tests. */
export class KitError extends Error {
  readonly code: KitErrorCode;

  constructor(code: KitErrorCode, message: string) {
    super(`${code}: ${message}`);
    this.name = 'KitError';
    this.code = code;
  }
}

import { answer, type Commands } from './answer.js';
import { Tally } from './tally.js';

/** What the harness waits for. */
export interface Reach {
  /** Finished jobs since the worker started; a multiple of the tally's grain. */
  readonly jobs: number;
  readonly stallMs: number;
}

/** The tally of this worker's process, which the harness can ask for from now on; `more` are commands of the process's own. */
export function watchHere(more: Commands = {}): Tally {
  const tally = new Tally();
  answer({ ...workerCommands(tally), ...more });
  return tally;
}

/** What the harness may have a worker's tally do. */
export const workerCommands = (tally: Tally): Commands => ({
  reach: ({ jobs, stallMs }: Reach) => tally.reached(jobs, stallMs),
  counts: () => tally.counts,
  seen: () => tally.seen,
  time: () => tally.time(),
  latencies: () => tally.latencies,
});

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
  answer({
    reach: ({ jobs, stallMs }: Reach) => tally.reached(jobs, stallMs),
    counts: () => tally.counts,
    time: () => tally.time(),
    latencies: () => tally.latencies,
    ...more,
  });
  return tally;
}

import { benchJob } from './tiercel-job.js';
import { watchHere } from './worker-role.js';

/** The consumer of the bench performs this. */
export const bench = benchJob(watchHere());

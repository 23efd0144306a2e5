import { nowNs } from './clock.js';
import type { JobData } from './contestant.js';

/** Of a job's data as JSON. */
const DATA_BYTES = 200;
/** The largest `n`. */
export const JOBS_MOST = 9_999_999;

const FRAME_BYTES = JSON.stringify({ n: '', at: '', pad: '' }).length - 2;
const PAD = 'x'.repeat(DATA_BYTES);

/** The data of job `n`, whose enqueue call is being made now. */
export function jobData(n: number): JobData {
  const at = nowNs();
  return { n, at, pad: PAD.slice(0, DATA_BYTES - FRAME_BYTES - String(n).length - at.length) };
}

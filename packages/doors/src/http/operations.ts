import { cancelJob, reviveJob } from './changing.js';
import { enqueue } from './enqueuing.js';
import { showDead, showJob, showQueue, showQueues, showResult } from './looking.js';
import type { Operation } from './operation.js';

/** Everything the door can do. */
export const OPERATIONS: readonly Operation[] = [
  enqueue,
  showJob,
  cancelJob,
  reviveJob,
  showResult,
  showQueues,
  showQueue,
  showDead,
];

export { KitError, type KitErrorCode } from './kit-error.js';
export type { TestJob, TestJobQuery } from './test-jobs.js';
export { type TestOptions, TestTiercel, testTiercel } from './test-tiercel.js';
export type { WantedDead, WantedEnqueued, WantedPerformed } from './wanted.js';

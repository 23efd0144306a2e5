export { aJob, someJobs, type TenantJob } from './builders.js';
export { describeJobStore } from './describe-job-store.js';
export { ManualClock } from './manual-clock.js';
export type { OpenJobStore, OpenOptions } from './setup.js';

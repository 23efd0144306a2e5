export * from './client.js';
export type { JobOptions, JobRequest } from './new-job.js';
export * from './tenant-client.js';

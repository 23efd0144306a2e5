export * from './client.js';
export * from './job-json.js';
export { Joiner, type JoinerOptions } from './joiner.js';
export type { ListOptions, Page } from './list-query.js';
export type { JobOptions, JobRequest } from './new-job.js';
export type { PurgeOptions } from './purge-query.js';
export * from './tenant-client.js';

export type { Enqueued, JobOptions, JobRequest, TenantClient } from '@tiercel/client';
export {
  type Durability,
  type Duration,
  type ErrorCode,
  type JobState,
  type JobView,
  type QueueView,
  TiercelError,
} from '@tiercel/protocol';
export { AbortReason } from '@tiercel/worker';
export * from './define-job.js';
export * from './job-handle.js';
export * from './open-store.js';
export * from './running-worker.js';
export type { AnySchema, Schema } from './schema.js';
export * from './tenant.js';
export * from './tiercel.js';
export * from './wiring.js';

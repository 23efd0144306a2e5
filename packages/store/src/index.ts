export * from './job-store.js';
export * from './shard.js';

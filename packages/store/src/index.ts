export * from './clock-watch.js';
export * from './instrument.js';
export * from './job-store.js';
export * from './memory/memory-store.js';
export * from './shard.js';

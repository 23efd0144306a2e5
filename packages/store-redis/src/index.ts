export { type Library, readLibrary, type Verb } from './library.js';
export { openRedisStore, type RedisStoreOptions } from './open-redis-store.js';
export { REDIS_CAPABILITIES } from './redis-store.js';

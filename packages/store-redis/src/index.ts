export { type Library, readLibrary, type Verb } from './library.js';
export { openRedisStore, type RedisStoreOptions } from './open-redis-store.js';

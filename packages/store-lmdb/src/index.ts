export { LMDB_CAPABILITIES } from './lmdb-store.js';
export { type LmdbStoreOptions, openLmdbStore } from './open-lmdb-store.js';

export { KESTREL_CAPABILITIES } from './capabilities.js';
export { isKestrelStoreUrl } from './kestrel-url.js';
export { type KestrelStoreOptions, openKestrelStore } from './open-kestrel-store.js';

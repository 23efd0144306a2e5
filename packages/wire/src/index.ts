export * from './place.js';
export * from './wire.js';

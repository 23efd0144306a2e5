export * from './actor.js';
export * from './log.js';
export * from './real.js';
export * from './time.js';
export * from './transport.js';

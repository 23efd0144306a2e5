export * from './fleet.js';
export * from './observer.js';
export * from './program.js';
export * from './servers.js';
export * from './spawn-process.js';

export * from './became.js';
export * from './describe-transport.js';
export * from './json-codec.js';
export * from './kit.js';
export { NodeClock } from './node-clock.js';
export * from './random.js';
export { Trace } from './trace.js';
export * from './virtual-clock.js';

export * from './bounds.js';
export * from './broker.js';

export * from './bounds.js';
export * from './broker.js';
export type { DeskObserver } from './front-desk.js';

export * from './connect-nats.js';
export * from './nats-limits.js';

export * from './acquire.js';
export * from './leftovers.js';
export * from './nats-server.js';
export * from './port.js';
export * from './raw-nats.js';
export * from './redis-server.js';
export * from './server.js';
export * from './wait.js';

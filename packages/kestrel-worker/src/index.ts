export type { Allowance } from './allowance.js';
export { KestrelConsumer, type KestrelConsumerOptions } from './kestrel-consumer.js';
export { besideOf, type QueueNames, queueNames } from './queue-names.js';
export { commandWork, handlerWork, type Work } from './work.js';

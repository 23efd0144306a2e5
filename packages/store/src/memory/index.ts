/** What a driver needs that keeps jobs in memory and writes down what changes: the second door of this package. */
export { MemoryShard, type ShardMeta } from './memory-shard.js';
export type { Pair } from './pair.js';
export { type Body, type JobRecord, newRecord } from './record.js';
export { restore } from './restore.js';
export type { Rules, Settings } from './settings.js';
export type { Tally } from './tally.js';
export { asPort, type Carry, type Verbs, verbsOf } from './verbs.js';
export { NOBODY, type Witness } from './witness.js';

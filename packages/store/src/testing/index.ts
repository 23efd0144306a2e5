export { aJob, someJobs } from './builders.js';
export { capabilityTable } from './capability-table.js';
export { type Ability, describeJobStore, describeRestart } from './describe-job-store.js';
export { ManualClock } from './manual-clock.js';
export { checkAgainstModel, MODEL_SEQUENCES, type ModelCheck, type Seen } from './model/check-against-model.js';
export type { Command } from './model/command.js';
export { modelSequence, type Sequence } from './model/sequence.js';
export { aRelease, aReserve, type Opened, type OpenJobStore, type OpenOptions } from './setup.js';

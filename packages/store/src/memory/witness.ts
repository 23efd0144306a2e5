import type { JobRecord } from './record.js';

/**
 * Hears what the steps of a shard change, so that a driver can keep it elsewhere too. Called in the midst of a step, and often more
 * than once for one thing: take note, and look at the shard when the step is over.
 */
export interface Witness {
  /** Stored, changed or forgotten; `MemoryShard.find` says which. */
  job(job: JobRecord): void;
  /** Settings of a queue, or with '' of the tenant. */
  settings(tenant: string, queue: string): void;
  /** Counters of the jobs of one name. */
  counters(tenant: string, queue: string, name: string): void;
  /** Has just been set aside; `job` is called as well. */
  quarantined(job: JobRecord): void;
}

/** For shards that are kept nowhere else. */
export const NOBODY: Witness = { job() {}, settings() {}, counters() {}, quarantined() {} };

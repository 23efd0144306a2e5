import type { Slotted } from './heap.js';
import type { JobRecord } from './record.js';

/** The end of a waiting job's time to live, as it stands among those of its shard: a job itself has one place only. */
export class Expiry implements Slotted {
  readonly job: JobRecord;
  slot = -1;

  constructor(job: JobRecord) {
    this.job = job;
  }
}

/** Ties by id, so that a run can be repeated; the port does not promise it. */
export const expiresSooner = ({ job: a }: Expiry, { job: b }: Expiry): boolean =>
  a.expiresAtMs === b.expiresAtMs ? a.given.id < b.given.id : a.expiresAtMs < b.expiresAtMs;

import type { OpenRead } from './open-read.js';
import type { StoredJob } from './stored-job.js';

/** A job that was read and not yet let go of. */
export interface Taken {
  readonly read: OpenRead;
  readonly job: StoredJob;
  /** More is known of it than its item says, so that it has to be set anew. */
  readonly isChanged: boolean;
}

export const pairOf = ({ tenant, queue }: { readonly tenant: string; readonly queue: string }): string => `${tenant}/${queue}`;

import type { JobStore } from '@tiercel/store';
import type { ManualClock } from '@tiercel/store/testing';

/** A store whose records can be reached behind its back. */
export interface Vault {
  readonly store: JobStore;
  readonly clock: ManualClock;
  /** The stored bytes of jobs: one part for each record and one for each payload that is kept apart from it. */
  read(tenant: string, ids: readonly string[]): Promise<Part[]>;
  write(tenant: string, parts: readonly Part[]): Promise<void>;
  close(): Promise<void>;
}

export interface Part {
  readonly id: string;
  readonly kind: 'record' | 'payload';
  readonly bytes: Buffer;
}

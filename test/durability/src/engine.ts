import type { JobStore } from '@tiercel/store';
import type { Tear } from './disk.js';

/** A kind of storage whose power can be cut. */
export interface DurableEngine {
  readonly name: string;
  /** How what was not flushed may survive in its files. */
  readonly tear: Exclude<Tear, 'none'>;
  /** Starts it on the files in `dir`; `env` is for the process that writes them. */
  start(dir: string, env: Readonly<Record<string, string>>): Promise<RunningEngine>;
}

interface RunningEngine {
  /** A client of its own. Its jobs are in {@link SHARDS} shards, in one namespace. */
  open(): Promise<Storage>;
  /** Ends it, unless it is dead already; resolves when it is, and so is every process of its own. */
  stop(): Promise<void>;
}

/** What the trials ask of a store. */
export type Storage = Pick<JobStore, 'shards' | 'enqueue' | 'reserve' | 'settle' | 'find' | 'close'>;

export const SHARDS = 3;

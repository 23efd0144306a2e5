import type { Clock } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import { type Capabilities, DEFAULT_RETENTION, type JobStore, type Retention, type StoreStatus } from '../job-store.js';
import { MemoryShard } from './memory-shard.js';
import { asPort, verbsOf } from './verbs.js';

export interface MemoryStoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** 1 … 4096; 16 by default. */
  readonly shards?: number;
  /** What is left out is as in {@link DEFAULT_RETENTION}. */
  readonly retention?: Partial<Retention>;
}

const CAPABILITIES: Capabilities = Object.freeze({
  driver: 'memory',
  delay: true,
  priorities: true,
  fencing: true,
  duplicateIds: true,
  listing: true,
  settings: false,
  pausing: false,
  limits: false,
  purging: false,
  counters: false,
  quarantine: false,
  fanout: true,
});

const STATUS: StoreStatus = Object.freeze({ durability: 'memory', epoch: 1, engine: 'memory', unknown: [], clockJumpMs: 0 });

/**
 * Jobs in this process's memory: the model that all drivers are compared with. Every call is done when it returns its promise, so
 * calls are atomic and take effect in the order they are made. Bytes are copied in and out. Throws `BAD_OPTION`.
 */
export function openMemoryStore({ clock, shards = 16, retention }: MemoryStoreOptions): JobStore {
  if (!Number.isInteger(shards) || shards < 1 || shards > 4_096)
    fail('BAD_OPTION', { option: 'shards', expected: '1 … 4096', got: shards });
  const all = Array.from({ length: shards }, () => new MemoryShard({ ...DEFAULT_RETENTION, ...retention }));
  const verbs = verbsOf({ clock, shards, shardAt: (index) => all[index]! });
  return {
    capabilities: CAPABILITIES,
    status: STATUS,
    shards,
    ...asPort(verbs, async (_, step) => step()),
    close: async () => {},
  };
}

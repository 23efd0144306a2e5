import type { Clock } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import {
  type Capabilities,
  DEFAULT_RETENTION,
  DURABILITY_ORDER,
  type JobStore,
  type StoreOptions,
  type StoreStatus,
} from '../job-store.js';
import { MemoryShard } from './memory-shard.js';
import { asPort, verbsOf } from './verbs.js';
import { NOBODY, type Witness } from './witness.js';

export interface MemoryStoreOptions extends StoreOptions {
  readonly clock: Pick<Clock, 'now'>;
}

export const MEMORY_CAPABILITIES: Capabilities = Object.freeze({
  driver: 'memory',
  delay: true,
  priorities: true,
  fencing: true,
  duplicateIds: true,
  listing: true,
  settings: true,
  pausing: true,
  limits: true,
  purging: true,
  counters: true,
  quarantine: true,
  fanout: true,
  headRetries: true,
  sharedLeases: true,
  sharding: true,
});

const STATUS: StoreStatus = Object.freeze({ durability: 'memory', epoch: 1, engine: 'memory', unknown: [], clockJumpMs: 0 });

/**
 * Jobs in this process's memory: the model that all drivers are compared with. Every call is done when it returns its promise, so
 * calls are atomic and take effect in the order they are made. Bytes are copied in and out. Throws `BAD_OPTION`, and `STORAGE_UNFIT` when more is required than memory keeps.
 */
export function openMemoryStore(options: MemoryStoreOptions): JobStore {
  const { clock, shards = 16, retention, requireDurability = 'memory', onEvent } = options;
  if (!Number.isInteger(shards) || shards < 1 || shards > 4_096)
    fail('BAD_OPTION', { option: 'shards', expected: '1 … 4096', got: shards });
  if (DURABILITY_ORDER.indexOf(requireDurability) > DURABILITY_ORDER.indexOf(STATUS.durability))
    fail('STORAGE_UNFIT', { required: requireDurability, durability: STATUS.durability });
  const witness: Witness = {
    ...NOBODY,
    quarantined: ({ given, pair, reason }) => onEvent?.({ kind: 'quarantined', tenant: pair.tenant, id: given.id, reason }),
  };
  const all = Array.from({ length: shards }, () => new MemoryShard({ ...DEFAULT_RETENTION, ...retention }, witness));
  const verbs = verbsOf({ clock, shards, shardAt: (index) => all[index]! });
  return {
    capabilities: MEMORY_CAPABILITIES,
    status: STATUS,
    shards,
    ...asPort(verbs, async (_, step) => step()),
    close: async () => {},
  };
}

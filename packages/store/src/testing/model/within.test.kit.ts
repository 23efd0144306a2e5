import type { Clock } from '@tiercel/actors';
import type { JobStore } from '../../job-store.js';
import { MemoryShard } from '../../memory/memory-shard.js';
import { MEMORY_CAPABILITIES } from '../../memory/memory-store.js';
import type { JobRecord } from '../../memory/record.js';
import { restore } from '../../memory/restore.js';
import { asPort, verbsOf } from '../../memory/verbs.js';
import type { OpenOptions } from '../setup.js';
import { TENANTS } from './world.js';

/** What a rebuild may forget. */
export interface Kept {
  readonly settings: boolean;
  readonly counters: boolean;
}

/** A memory store that can be reached into, and built again of its records as a driver does that journals them. */
export class Within {
  readonly options: OpenOptions;
  readonly store: JobStore;
  shards: readonly MemoryShard[];

  constructor(options: OpenOptions, clock: Pick<Clock, 'now'> = options.clock) {
    this.options = options;
    this.shards = Array.from({ length: options.shards }, () => new MemoryShard(options.retention));
    const verbs = verbsOf({ clock, shards: options.shards, shardAt: (index) => this.shards[index]! });
    this.store = {
      capabilities: MEMORY_CAPABILITIES,
      status: { durability: 'memory', epoch: 1, engine: 'memory', unknown: [], clockJumpMs: 0 },
      shards: options.shards,
      ...asPort(verbs, async (_, step) => step()),
      close: async () => {},
    };
  }

  get jobs(): readonly JobRecord[] {
    return this.shards.flatMap((shard) => TENANTS.flatMap((tenant) => shard.jobsOf(tenant)));
  }

  rebuild(kept: Kept = { settings: true, counters: true }): void {
    this.shards = this.shards.map((old) => rebuilt(old, new MemoryShard(this.options.retention), kept));
  }
}

function rebuilt(old: MemoryShard, shard: MemoryShard, kept: Kept): MemoryShard {
  shard.meta = old.meta;
  for (const tenant of TENANTS) {
    if (kept.settings) for (const { queue, settings } of old.settings.all(tenant)) shard.settings.put(tenant, queue, settings);
    if (kept.counters) for (const counted of old.tally.of(tenant)) shard.tally.put(tenant, counted);
  }
  restore(
    shard,
    TENANTS.flatMap((tenant) => old.jobsOf(tenant).map((job) => copyFor(shard, job))),
  );
  return shard;
}

const copyFor = (shard: MemoryShard, job: JobRecord): JobRecord => ({
  ...job,
  pair: shard.openPair(job.pair.tenant, job.pair.queue),
  expiry: undefined,
  before: undefined,
  after: undefined,
  slot: -1,
});

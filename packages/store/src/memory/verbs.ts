import type { Clock } from '@tiercel/actors';
import { fail } from '@tiercel/protocol';
import type { JobStore, Scrubbed, StoreVerb } from '../job-store.js';
import { shardOf } from '../shard.js';
import { Admission } from './admission.js';
import { cancel, forget, revive } from './change.js';
import { control } from './control.js';
import { enqueue } from './enqueue.js';
import { extend } from './extend.js';
import { backlog, find, quarantined, queuesOf } from './inspect.js';
import { list } from './list.js';
import type { MemoryShard } from './memory-shard.js';
import { purge } from './purge.js';
import { reap } from './reap.js';
import { reserve } from './reserve.js';
import { settle } from './settle.js';
import { promote, prune } from './sweep.js';

type Verb = Exclude<StoreVerb, 'close'>;

/** The verbs of the port, each a step that is over when it returns. */
export type Verbs = { readonly [V in Verb]: (...args: Parameters<JobStore[V]>) => Awaited<ReturnType<JobStore[V]>> };

export interface VerbsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly shards: number;
  /** Of an index below `shards`; asked afresh in every step. */
  readonly shardAt: (index: number) => MemoryShard;
}

/** All that a store of memory shards can do, atomic and in the order of the calls; bytes are copied in and out. Throws `BAD_OPTION`; {@link asPort} makes the calls of the port of them. */
export function verbsOf({ clock, shards, shardAt: existing }: VerbsOptions): Verbs {
  const shardAt = (index: number): MemoryShard =>
    Number.isInteger(index) && index >= 0 && index < shards
      ? existing(index)
      : fail('BAD_OPTION', { option: 'shard', expected: `0 … ${shards - 1}`, got: index });
  const home = (tenant: string): MemoryShard => existing(shardOf(tenant, shards));
  /** One reading of the clock for a whole call. */
  const each = <T, R>(items: readonly T[], act: (item: T, clockMs: number) => R): R[] => {
    const clockMs = clock.now();
    return items.map((item) => act(item, clockMs));
  };

  return {
    enqueue: (batch) => {
      const admission = new Admission();
      return each(batch, (job, clockMs) => enqueue(home(job.tenant), job, admission, clockMs));
    },
    reserve: (request) => reserve(shardAt(request.shard), request, clock.now()),
    extend: (batch) => each(batch, (lease, clockMs) => extend(home(lease.tenant), lease, clockMs)),
    settle: (batch) => each(batch, (settlement, clockMs) => settle(home(settlement.tenant), settlement, clockMs)),
    promote: (shard, limit) => promote(shardAt(shard), limit, clock.now()),
    reap: (shard, limit, gone) => ({ ...reap(shardAt(shard), limit, gone?.owners ?? [], clock.now()), cursor: '' }),
    prune: (shard, limit) => prune(shardAt(shard), limit, clock.now()),
    cancel: (tenant, ids) => each(ids, (id, clockMs) => cancel(home(tenant), tenant, id, clockMs)),
    revive: (tenant, ids) => each(ids, (id, clockMs) => revive(home(tenant), tenant, id, clockMs)),
    forget: (tenant, ids) => each(ids, (id, clockMs) => forget(home(tenant), tenant, id, clockMs)),
    find: (tenant, ids, { payload }) => ids.map((id) => find(home(tenant), tenant, id, payload)),
    list: (tenant, query) => list(home(tenant), tenant, query),
    scrub: (shard) => nothingToMend(shardAt(shard)),
    purge: (tenant, query) => purge(home(tenant), tenant, query, clock.now()),
    control: (tenant, queue, change) => control(home(tenant), tenant, queue, change, clock.now()),
    settings: (tenant) => home(tenant).settings.all(tenant),
    counters: (tenant) => home(tenant).tally.of(tenant),
    totals: (shard) => ({ ...shardAt(shard).tally.totals }),
    quarantined: (tenant, query) => quarantined(home(tenant), tenant, query),
    queues: (tenant) => queuesOf(home(tenant), tenant, clock.now()),
    backlog: (shard, query) => backlog(shardAt(shard), query),
  };
}

/** What stands beside the records is made of them, so that it cannot differ for long: whoever rebuilds a shard rebuilds that. */
const nothingToMend = ({ size }: MemoryShard): Scrubbed => ({
  cursor: '',
  looked: size,
  mended: { lost: 0, stray: 0, counts: 0, quarantined: 0 },
});

/** Makes a call of the port of a step: `carry` is given each step with its verb, and decides when it runs and when its reply goes out. */
export type Carry = <R>(verb: Verb, step: () => R) => Promise<R>;

export function asPort(verbs: Verbs, carry: Carry): Pick<JobStore, Verb> {
  const steps = Object.entries(verbs) as [Verb, (...args: unknown[]) => unknown][];
  const calls = steps.map(([verb, step]) => [verb, (...args: unknown[]) => carry(verb, () => step(...args))]);
  return Object.fromEntries(calls) as Pick<JobStore, Verb>;
}

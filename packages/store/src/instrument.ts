import type { Clock } from '@tiercel/actors';
import type { JobStore } from './job-store.js';

/** Verbs of the port that go to the engine. */
export type StoreVerb = Exclude<keyof JobStore, 'capabilities' | 'shards'>;

export interface Instruments {
  /** Measures how long calls took. */
  readonly clock: Pick<Clock, 'monotonic'>;
  /**
   * Told once a call, when it has ended. `items`: what the call carried (jobs, leases, ids), or for a reserve, sweep or
   * inspection what it brought; 0 when that failed. Must not throw.
   */
  onCall(verb: StoreVerb, tookMs: number, items: number, error?: unknown): void;
}

/** The same store, with every call measured. The only place where timing, logs and metrics of a storage belong. */
export function instrument(store: JobStore, { clock, onCall }: Instruments): JobStore {
  async function measure<R>(verb: StoreVerb, call: () => Promise<R>, count: (reply?: R) => number): Promise<R> {
    const from = clock.monotonic();
    const reply = await call().catch((error: unknown) => {
      onCall(verb, clock.monotonic() - from, count(), error);
      throw error;
    });
    onCall(verb, clock.monotonic() - from, count(reply));
    return reply;
  }

  return {
    capabilities: store.capabilities,
    shards: store.shards,
    enqueue: (batch) =>
      measure(
        'enqueue',
        () => store.enqueue(batch),
        () => batch.length,
      ),
    reserve: (request) =>
      measure(
        'reserve',
        () => store.reserve(request),
        (reply) => reply?.jobs.length ?? 0,
      ),
    extend: (batch) =>
      measure(
        'extend',
        () => store.extend(batch),
        () => batch.length,
      ),
    settle: (batch) =>
      measure(
        'settle',
        () => store.settle(batch),
        () => batch.length,
      ),
    promote: (shard, limit) =>
      measure(
        'promote',
        () => store.promote(shard, limit),
        (reply) => reply?.moved ?? 0,
      ),
    reap: (shard, limit, gone) =>
      measure(
        'reap',
        () => store.reap(shard, limit, gone),
        (reply) => reply?.moved ?? 0,
      ),
    prune: (shard, limit) =>
      measure(
        'prune',
        () => store.prune(shard, limit),
        (reply) => reply?.moved ?? 0,
      ),
    cancel: (tenant, ids) =>
      measure(
        'cancel',
        () => store.cancel(tenant, ids),
        () => ids.length,
      ),
    revive: (tenant, ids) =>
      measure(
        'revive',
        () => store.revive(tenant, ids),
        () => ids.length,
      ),
    find: (tenant, ids, options) =>
      measure(
        'find',
        () => store.find(tenant, ids, options),
        () => ids.length,
      ),
    list: (tenant, query) =>
      measure(
        'list',
        () => store.list(tenant, query),
        (reply) => reply?.jobs.length ?? 0,
      ),
    queues: (tenant) =>
      measure(
        'queues',
        () => store.queues(tenant),
        (reply) => reply?.length ?? 0,
      ),
    backlog: (shard, query) =>
      measure(
        'backlog',
        () => store.backlog(shard, query),
        (reply) => reply?.length ?? 0,
      ),
    close: () =>
      measure(
        'close',
        () => store.close(),
        () => 0,
      ),
  };
}

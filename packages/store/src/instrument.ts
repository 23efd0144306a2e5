import type { Clock } from '@tiercel/actors';
import { grantedBy, type JobStore } from './job-store.js';

/** Verbs of the port that go to the engine. */
export type StoreVerb = Exclude<keyof JobStore, 'capabilities' | 'status' | 'shards' | 'lookMs'>;

export interface Instruments {
  /** Measures how long calls took. */
  readonly clock: Pick<Clock, 'monotonic'>;
  /**
   * Told once a call, when it has ended. `items`: what the call carried (jobs, leases, ids), or for a reserve, sweep or
   * inspection what it brought; 0 when that failed. `given`: its arguments. Must not throw.
   */
  onCall(verb: StoreVerb, tookMs: number, items: number, error: unknown, given: readonly unknown[]): void;
}

type Reply<V extends StoreVerb> = Awaited<ReturnType<JobStore[V]>>;
/** How many items a call had, of what it was given and what it brought. */
type Count<V extends StoreVerb> = (given: Parameters<JobStore[V]>, brought: Reply<V> | undefined) => number;

const COUNTS: { readonly [V in StoreVerb]: Count<V> } = {
  enqueue: ([batch]) => batch.length,
  reserve: (_, brought) => (brought ? grantedBy(brought) : 0),
  extend: ([batch]) => batch.length,
  settle: ([batch]) => batch.length,
  promote: (_, brought) => brought?.moved ?? 0,
  reap: (_, brought) => brought?.moved ?? 0,
  prune: (_, brought) => brought?.moved ?? 0,
  scrub: (_, brought) => brought?.looked ?? 0,
  cancel: ([, ids]) => ids.length,
  revive: ([, ids]) => ids.length,
  forget: ([, ids]) => ids.length,
  purge: (_, brought) => brought?.removed ?? 0,
  control: () => 1,
  find: ([, ids]) => ids.length,
  list: (_, brought) => brought?.jobs.length ?? 0,
  queues: (_, brought) => brought?.length ?? 0,
  settings: (_, brought) => brought?.length ?? 0,
  counters: (_, brought) => brought?.length ?? 0,
  totals: () => 1,
  quarantined: (_, brought) => brought?.records.length ?? 0,
  backlog: (_, brought) => brought?.length ?? 0,
  close: () => 0,
};

/** The same store, with every call measured. The only place where timing, logs and metrics of a storage belong. */
export function instrument(store: JobStore, { clock, onCall }: Instruments): JobStore {
  const measured = Object.entries(COUNTS).map(([verb, count]) => [verb, measure(verb as StoreVerb, count as Count<StoreVerb>)]);
  return {
    ...(Object.fromEntries(measured) as Pick<JobStore, StoreVerb>),
    get capabilities() {
      return store.capabilities;
    },
    get status() {
      return store.status;
    },
    shards: store.shards,
    ...(store.lookMs !== undefined && { lookMs: store.lookMs }),
  };

  function measure(verb: StoreVerb, count: Count<StoreVerb>) {
    const call = store[verb] as (...given: unknown[]) => Promise<Reply<StoreVerb>>;
    return async (...given: Parameters<JobStore[StoreVerb]>) => {
      const from = clock.monotonic();
      try {
        const brought = await call.apply(store, given);
        onCall(verb, clock.monotonic() - from, count(given, brought), undefined, given);
        return brought;
      } catch (error) {
        onCall(verb, clock.monotonic() - from, count(given, undefined), error, given);
        throw error;
      }
    };
  }
}

import type { Clock } from '@tiercel/actors';
import { grantedBy, type JobStore, type StoreVerb } from './job-store.js';

export interface Instruments {
  /** Measures how long calls took. */
  readonly clock: Pick<Clock, 'monotonic'>;
  /**
   * Told once a call, when it has ended. `items`: what the call carried (jobs, leases, ids), or for a reserve, sweep or
   * inspection what it brought; 0 when that failed. `tenants`: whose jobs those of an `enqueue` or a `settle` are, mostly one many times
   * over. Must not throw.
   */
  onCall(verb: StoreVerb, tookMs: number, items: number, error: unknown, tenants: Iterable<OfTenant>): void;
}

interface OfTenant {
  readonly tenant: string;
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
    ...(store.enqueuePacked && {
      enqueuePacked: (tenant, batch) => timed('enqueue', batch.count, [{ tenant }], () => store.enqueuePacked!(tenant, batch)),
    }),
    ...(store.settlePacked && {
      settlePacked: (acks) => timed('settle', acks.count, acks.runs, () => store.settlePacked!(acks)),
    }),
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
      const tenants = verb === 'enqueue' || verb === 'settle' ? (given[0] as unknown as readonly OfTenant[]) : [];
      return timed(
        verb,
        (brought) => count(given, brought),
        tenants,
        () => call.apply(store, given),
      );
    };
  }

  async function timed<R extends Reply<StoreVerb>>(
    verb: StoreVerb,
    items: number | ((brought: R | undefined) => number),
    tenants: Iterable<OfTenant>,
    call: () => Promise<R>,
  ): Promise<R> {
    const from = clock.monotonic();
    const tell = (brought: R | undefined, error: unknown) => {
      onCall(verb, clock.monotonic() - from, typeof items === 'number' ? items : items(brought), error, tenants);
    };
    try {
      const brought = await call();
      tell(brought, undefined);
      return brought;
    } catch (error) {
      tell(undefined, error);
      throw error;
    }
  }
}

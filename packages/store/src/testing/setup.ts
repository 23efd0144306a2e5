import {
  type Counters,
  type JobState,
  type JobView,
  type LeasedJob,
  type LeaseRef,
  LIMITS,
  type QueueSettings,
  type QueueView,
  type Release,
  type SettingName,
  type SettleCode,
} from '@tiercel/protocol';
import { expect, onTestFinished } from 'vitest';
import {
  DEFAULT_RETENTION,
  type GoneOwner,
  type JobStore,
  type ReserveRequest,
  type Retention,
  type Swept,
  type TenantJob,
  type Want,
} from '../job-store.js';
import { shardOf } from '../shard.js';
import { QUEUE, TENANT } from './builders.js';
import { ManualClock } from './manual-clock.js';

/** What a driver is opened with. Its time must be the clock's, read afresh for every call. */
export interface OpenOptions {
  readonly clock: ManualClock;
  readonly shards: number;
  readonly retention: Retention;
}

/** Opens an empty store. */
export type OpenJobStore = (options: OpenOptions) => Promise<Opened>;

export interface Opened {
  readonly store: JobStore;
  close(): Promise<void>;
  /** Another handle of the same store, for who works at the same time; `store` itself when left out. */
  readonly other?: JobStore;
  /** The largest payload there is room for in what the driver is given by whoever keeps its jobs; `LIMITS.payloadMostBytes` when left out. */
  readonly payloadMostBytes?: number;
  /** Makes what is stored of a job unreadable. Left out by drivers that keep nothing one could damage. */
  damage?(tenant: string, id: string): Promise<void>;
  /** Ends the store and opens it again, as a restart would: answers the store that is used from then on. Left out where nothing is left then. */
  reopen?(): Promise<JobStore>;
}

export const NONCE = '00c0ffee';
export const DELIVERY_LEASE_MS = 5_000;

export interface Situation {
  readonly jobs?: readonly TenantJob[];
  /** 1 by default. */
  readonly shards?: number;
  readonly retention?: Partial<Retention>;
  readonly atMs?: number;
}

export type Setup = (situation?: Situation) => Promise<Scene>;
export type Scene = Awaited<ReturnType<typeof openScene>>;

export const setupWith =
  (open: OpenJobStore): Setup =>
  (situation = {}) =>
    openScene(open, situation);

/** A store with jobs in it, its clock, and short ways to do what most rules do. Speaks of TENANT and QUEUE unless told otherwise. */
async function openScene(open: OpenJobStore, { jobs = [], shards = 1, retention, atMs }: Situation) {
  const clock = new ManualClock(atMs);
  const {
    store,
    close,
    damage,
    reopen,
    other = store,
    payloadMostBytes = LIMITS.payloadMostBytes,
  } = await open({ clock, shards, retention: { ...DEFAULT_RETENTION, ...retention } });
  onTestFinished(close);
  if (jobs.length > 0) expect((await store.enqueue(jobs)).map(({ code }) => code)).toEqual(jobs.map(() => 'OK'));

  const reserve = (told: Partial<ReserveRequest> = {}) => store.reserve(aReserve(store, told));
  const reserveOne = async (told: Partial<ReserveRequest> = {}): Promise<LeasedJob> => {
    const { jobs: leased } = await reserve({ max: 1, ...told });
    expect(leased).toHaveLength(1);
    return leased[0]!;
  };

  const deliverOne = async (told: Partial<ReserveRequest> = {}): Promise<LeasedJob> => {
    const lease = await reserveOne(told);
    expect(await store.extend([{ ...refOf(lease), leaseMs: lease.leaseMs }])).toEqual(['OK']);
    return lease;
  };
  const reap = (gone?: readonly GoneOwner[], limit = 100): Promise<Swept> =>
    store.reap(shardOf(TENANT, store.shards), limit, gone && { owners: gone, cursor: '' });

  return {
    store,
    /** Another handle of the same store, where the driver gives one. */
    other,
    clock,
    payloadMostBytes,
    damage,
    reopen,
    reserve,
    /** Sets and clears settings of a queue, or with '' of the tenant. */
    control: (set: QueueSettings, queue = QUEUE, clear: readonly SettingName[] = []) =>
      store.control(TENANT, queue, { set, clear }),
    /** What is told of a queue that is there. */
    async queue(queue = QUEUE): Promise<QueueView> {
      return (await store.queues(TENANT)).find((view) => view.queue === queue)!;
    },
    /** Ids of the jobs of a queue that are in this state, in the order of the list. */
    async ids(state: JobState, queue = QUEUE): Promise<string[]> {
      const page = await store.list(TENANT, { state, queue, cursor: '', limit: 100, payload: false });
      return page.jobs.map(({ id }) => id);
    },
    /** What was counted for the jobs of a queue that have a name, without zeros; undefined when nothing was. */
    async counted(queue = QUEUE, name = 'HelloWorld'): Promise<Partial<Counters> | undefined> {
      const found = (await store.counters(TENANT)).find((one) => one.queue === queue && one.name === name);
      return found && notZero(found);
    },
    /** The one job that is next. */
    reserveOne,
    /** The one that is next, with the worker's first sign of life. */
    deliverOne,
    /** Delivers the one that is next to somebody who falls silent, until it is back at the head and a suspect. */
    async loseOne(): Promise<void> {
      clock.advance((await deliverOne()).leaseMs);
      expect(await reap()).toMatchObject({ moved: 1 });
    },
    /** Ids of the jobs that are ready, in the order they are handed out; leases them. */
    async drain(told: Partial<ReserveRequest> = {}): Promise<string[]> {
      return (await reserve(told)).jobs.map(({ id }) => id);
    },
    /** What is known of one job. */
    async look(id = 'job-1', tenant = TENANT): Promise<JobView | null> {
      const [view] = await store.find(tenant, [id], { payload: true });
      return view!;
    },
    ack: (lease: LeaseRef, result?: Uint8Array): Promise<SettleCode> =>
      settleOne(store, { ...refOf(lease), outcome: 'ack', ...(result && { result }) }),
    release: (lease: LeaseRef, told: Partial<Release> = {}): Promise<SettleCode> =>
      settleOne(store, { ...refOf(lease), ...aRelease(told) }),
    bury: (lease: LeaseRef, reason = 'bad data'): Promise<SettleCode> =>
      settleOne(store, { ...refOf(lease), outcome: 'bury', reason }),
    promote: (limit = 100): Promise<Swept> => store.promote(shardOf(TENANT, store.shards), limit),
    reap,
    prune: (limit = 100): Promise<Swept> => store.prune(shardOf(TENANT, store.shards), limit),
  };
}

/** Only what was counted at all. */
export const notZero = (counters: Counters): Partial<Counters> =>
  Object.fromEntries(Object.entries(counters).filter(([, count]) => typeof count === 'number' && count > 0));

export const aWant = (told: Partial<Want> = {}): Want => ({ tenant: TENANT, queue: QUEUE, max: 100, ...told });

export function aReserve(store: Pick<JobStore, 'shards'>, told: Partial<ReserveRequest> = {}): ReserveRequest {
  const wants = told.wants ?? [aWant()];
  return {
    shard: shardOf(wants[0]?.tenant ?? TENANT, store.shards),
    wants,
    max: 100,
    maxBytes: 512 * 1_024,
    deliveryLeaseMs: DELIVERY_LEASE_MS,
    owner: 'worker-1',
    nonce: NONCE,
    ...told,
  };
}

export const aRelease = (told: Partial<Release> = {}): Release => ({
  outcome: 'release',
  delayMs: 0,
  spend: true,
  lost: false,
  head: false,
  reason: 'failed',
  ...told,
});

export const refOf = ({ tenant, id, token }: LeaseRef): LeaseRef => ({ tenant, id, token });

async function settleOne(store: JobStore, settlement: Parameters<JobStore['settle']>[0][number]): Promise<SettleCode> {
  const [code] = await store.settle([settlement]);
  return code!;
}

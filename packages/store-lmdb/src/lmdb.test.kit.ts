import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TiercelError } from '@tiercel/protocol';
import { type JobStore, shardOf, type TenantJob } from '@tiercel/store';
import { aJob, type OpenJobStore } from '@tiercel/store/testing';
import { onTestFinished } from 'vitest';
import { type LmdbStoreOptions, type Machine, openLmdbStore } from './open-lmdb-store.js';

export const TENANT = 'acme';
export const QUEUE = 'mail';
/** Too little for a ballast to be written in each of hundreds of tests. */
const RESERVE_BYTES = 4_096;

/** A directory that nobody has; gone when the test ends. */
export async function aDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tiercel-lmdb-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A store that is closed when the test ends. */
export async function openStore(options: LmdbStoreOptions, machine?: Machine): Promise<JobStore> {
  const store = await openLmdbStore({ reserveBytes: RESERVE_BYTES, shards: 1, ...options }, machine);
  onTestFinished(() => store.close());
  return store;
}

/** Opens stores each in a directory of its own, which goes when they are closed. */
export const open: OpenJobStore = async (options) => {
  const path = await mkdtemp(join(tmpdir(), 'tiercel-lmdb-'));
  const store = await openLmdbStore({ path, reserveBytes: RESERVE_BYTES, ...options });
  return { store, close: () => store.close().then(() => rm(path, { recursive: true })) };
};

/** Like {@link open}, but every so many calls the store is closed and built again from the disk, unseen by whoever calls. */
export function openAndReopen(every: number): OpenJobStore {
  return async (options) => {
    const path = await mkdtemp(join(tmpdir(), 'tiercel-lmdb-'));
    const openIt = () => openLmdbStore({ path, reserveBytes: RESERVE_BYTES, ...options });
    let [store, calls] = [await openIt(), 0];
    const reopened = async (): Promise<JobStore> => {
      if (++calls % every !== 0) return store;
      await store.close();
      store = await openIt();
      return store;
    };
    const facade = new Proxy(store, {
      get: (_, verb: keyof JobStore) => {
        const member = store[verb];
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => ((await reopened())[verb] as (...args: unknown[]) => unknown)(...args);
      },
    });
    return { store: facade, close: () => store.close().then(() => rm(path, { recursive: true })) };
  };
}

/** What a promise was refused with. */
export const refusal = (promise: Promise<unknown>): Promise<TiercelError> =>
  promise.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: TiercelError) => error,
  );

export const someJobs = (count: number, told: Partial<TenantJob> = {}): TenantJob[] =>
  Array.from({ length: count }, (_, at) => aJob({ id: `job-${at}`, tenant: TENANT, queue: QUEUE, ...told }));

/** Leases up to `max` jobs of TENANT and QUEUE. */
export async function reserveSome(store: JobStore, max = 100, maxBytes = 512 * 1_024) {
  const wants = [{ tenant: TENANT, queue: QUEUE, max }];
  const [shard, owner, nonce] = [shardOf(TENANT, store.shards), 'worker-1', '00c0ffee'];
  return (await store.reserve({ shard, wants, max, maxBytes, deliveryLeaseMs: 5_000, owner, nonce })).jobs;
}

export const ackOf = ({ tenant, id, token }: { tenant: string; id: string; token: string }) =>
  ({ tenant, id, token, outcome: 'ack' }) as const;

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '@tiercel/actors';
import type { TiercelError } from '@tiercel/protocol';
import { type JobStore, type StoreEvent, shardOf, type TenantJob } from '@tiercel/store';
import { aJob, type OpenJobStore } from '@tiercel/store/testing';
import { onTestFinished } from 'vitest';
import { type Journal, LmdbJournal } from './journal.js';
import { keyOf } from './key.js';
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
export const open: OpenJobStore = (options) => openAndReopen(Number.POSITIVE_INFINITY)(options);

/**
 * Like {@link open}, but every so many calls the store is closed and built again from the disk, unseen by whoever calls: those who call
 * meanwhile wait.
 */
export function openAndReopen(every: number): OpenJobStore {
  return async (options) => {
    const path = await mkdtemp(join(tmpdir(), 'tiercel-lmdb-'));
    const openIt = () => openLmdbStore({ path, reserveBytes: RESERVE_BYTES, ...options, onEvent: requireWhole });
    let [inner, calls] = [await openIt(), 0];
    let opened = Promise.resolve();
    const reopen = (meanwhile = async () => {}): Promise<void> => {
      opened = opened.then(async () => {
        await inner.close();
        await meanwhile();
        inner = await openIt();
      });
      return opened;
    };
    const call = async (verb: keyof JobStore, args: unknown[]): Promise<unknown> => {
      if (++calls % every === 0) void reopen();
      await opened;
      return (inner[verb] as (...args: unknown[]) => unknown)(...args);
    };
    const store = new Proxy(inner, {
      get: (_, verb: keyof JobStore) =>
        typeof inner[verb] === 'function' ? (...args: unknown[]) => call(verb, args) : inner[verb],
    });
    return {
      store,
      reopen: () => reopen().then(() => store),
      damage: (tenant, id) => reopen(() => damage(path, tenant, id)),
      close: () => inner.close().then(() => rm(path, { recursive: true })),
    };
  };
}

/** What was written must be there again. */
function requireWhole(event: StoreEvent): void {
  if (event.kind === 'unfit') throw new Error(event.reason);
}

/** Flips a bit of a job's payload, wherever it stands, while nobody has the store open. */
export async function damage(path: string, tenant: string, id: string): Promise<void> {
  const journal = LmdbJournal.open(path);
  const kind = journal.read('payload', tenant, id) ? 'payload' : 'record';
  const row = journal.read(kind, tenant, id)!;
  row[row.length - 1]! ^= 1;
  await journal.write([{ key: keyOf(kind, tenant, id), value: row }]);
  await journal.close();
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

/** Lets a journal's commits through when it is told to, or makes them fail. */
export class Gate {
  /** Commits that wait. */
  readonly waiting: (() => void)[] = [];
  isShut = false;
  /** What the next commit fails with. */
  fault: Error | undefined;
  readonly journals = { opened: 0, closed: 0 };
  #arrived: (() => void) | undefined;

  readonly machine: Machine = {
    clock: realClock,
    freeBytes: async () => 2 ** 40,
    openJournal: (path) => this.#guard(LmdbJournal.open(path)),
  };

  /** The next commit that has come to the gate. */
  async arrival(): Promise<void> {
    if (this.waiting.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
  }

  /** Lets one pass. */
  pass(): void {
    this.waiting.shift()?.();
  }

  /** For all, from now on. */
  open(): void {
    this.isShut = false;
    while (this.waiting.length > 0) this.pass();
  }

  #guard(journal: Journal): Journal {
    this.journals.opened++;
    let isOpen = true;
    return {
      read: (kind, ...names) => journal.read(kind, ...names),
      rows: (kind) => journal.rows(kind),
      reusableBytes: () => journal.reusableBytes(),
      close: () => {
        if (isOpen) this.journals.closed++;
        isOpen = false;
        return journal.close();
      },
      write: async (rows) => {
        if (this.isShut) await this.#wait();
        const { fault } = this;
        this.fault = undefined;
        if (fault) throw fault;
        await journal.write(rows);
      },
    };
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.#arrived?.();
      this.#arrived = undefined;
    });
  }
}

/** Whether a promise has settled by now: everything that is due has run. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  return settled;
}

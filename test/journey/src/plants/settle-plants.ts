import type { LeasedJob, LeaseRef, Settlement } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { Plant } from '../plant.js';

const keyOf = ({ tenant, id }: Pick<LeaseRef, 'tenant' | 'id'>): string => `${tenant}/${id}`;

/** The newest token of every job, which lets a stale one pass as it. */
class Newest {
  readonly #tokens = new Map<string, string>();

  note(jobs: readonly LeasedJob[]): void {
    for (const job of jobs) this.#tokens.set(keyOf(job), job.token);
  }

  of<T extends LeaseRef>(ref: T): T {
    return { ...ref, token: this.#tokens.get(keyOf(ref)) ?? ref.token };
  }
}

/** A storage that remembers what it grants. */
function remembering(store: JobStore, newest: Newest, change: (newest: Newest) => Partial<JobStore>): JobStore {
  return {
    ...store,
    async reserve(request) {
      const reserved = await store.reserve(request);
      newest.note(reserved.jobs);
      return reserved;
    },
    ...change(newest),
  };
}

/** Settlements of one outcome go through with whatever token. */
function unchecked(outcome: Settlement['outcome']): Plant['store'] {
  return (store) => {
    const newest = new Newest();
    return () =>
      remembering(store, newest, () => ({
        settle: (batch) => store.settle(batch.map((each) => (each.outcome === outcome ? newest.of(each) : each))),
      }));
  };
}

export const ackUnchecked: Plant = { name: 'ack is not token-checked', within: 300, store: unchecked('ack')! };

export const releaseUnchecked: Plant = { name: 'release is not token-checked', within: 120, store: unchecked('release')! };

export const extendUnchecked: Plant = {
  name: 'extend is not token-checked',
  within: 120,
  store: (store) => {
    const newest = new Newest();
    return () => remembering(store, newest, () => ({ extend: (batch) => store.extend(batch.map((each) => newest.of(each))) }));
  },
};

/** Whoever repeats a settle because its answer was lost is told that it lost its lease. */
export const repeatRefused: Plant = {
  name: 'a repeated settle is refused',
  within: 20,
  store: (store) => () => ({
    ...store,
    settle: async (batch) => (await store.settle(batch)).map((code) => (code === 'OK_ALREADY' ? 'LEASE_LOST' : code)),
  }),
};

/** So long that nothing comes of it. */
const FOR_EVER_MS = 1e11;
const LONGEST_STEP_MS = 300;
const NO_TOKEN = '0'.repeat(24);

/**
 * A release takes the job out of the leases in one step and puts it into its queue in another, two ways to the storage later: a broker
 * that dies in between leaves it nowhere, and who repeats the release is told that there is no such lease. For that time it stands here in a lease
 * without end; only jobs whose worker gave a sign of life, because for the others the storage would take the lease for one.
 */
export const twoStepRelease: Plant = {
  name: 'release in two steps',
  within: 250,
  store: (store, dice) => {
    const alive = new Set<string>();
    const nowhere = new Set<string>();
    return (clock) => ({
      ...store,
      async extend(batch) {
        const codes = await store.extend(batch.map((each) => (nowhere.has(each.token) ? { ...each, token: NO_TOKEN } : each)));
        for (const [at, { token }] of batch.entries()) if (codes[at] !== 'LEASE_LOST') alive.add(token);
        return codes.map((code, at) => (nowhere.has(batch[at]!.token) ? 'OK' : code));
      },
      async settle(batch) {
        const known = batch.map((each) => (nowhere.has(each.token) ? { ...each, token: NO_TOKEN } : each));
        const released = known.filter(({ outcome, token }) => outcome === 'release' && alive.has(token));
        if (released.length === 0) return store.settle(known);
        await store.extend(released.map(({ tenant, id, token }) => ({ tenant, id, token, leaseMs: FOR_EVER_MS })));
        for (const { token } of released) nowhere.add(token);
        await new Promise<void>((resolve) => clock.after(dice.between(1, LONGEST_STEP_MS), resolve));
        for (const { token } of released) nowhere.delete(token);
        return store.settle(known);
      },
    });
  },
};

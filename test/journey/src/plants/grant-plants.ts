import { createHash } from 'node:crypto';
import { fenceOf, type LeasedJob, type LeaseRef } from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { Plant } from '../plant.js';

const FOR_EVER_MS = 1e11;
const WHOLE_LEASE_MS = 10_000;
const keyOf = ({ tenant, id }: Pick<LeaseRef, 'tenant' | 'id'>): string => `${tenant}/${id}`;

/** What is reserved is out of the queue for good: if its worker dies, so does the job. */
export const destructivePop: Plant = {
  name: 'a pop without a lease',
  within: 10,
  store: (store) => () => ({
    ...store,
    reserve: (request) => store.reserve({ ...request, deliveryLeaseMs: FOR_EVER_MS }),
    extend: (batch) => store.extend(batch.map((each) => ({ ...each, leaseMs: FOR_EVER_MS }))),
  }),
};

/** The delivery lease is the whole lease, so that what was granted to a lost reply is away for that long. */
export const noDeliveryLease: Plant = {
  name: 'a lost reserve reply hides a job for a whole lease',
  within: 12,
  store: (store) => () => ({
    ...store,
    reserve: (request) => store.reserve({ ...request, deliveryLeaseMs: WHOLE_LEASE_MS }),
  }),
};

/** The token says who, not which grant. */
export const tokenIsOwner: Plant = {
  name: 'the token is the worker',
  within: 5,
  store: (store) => {
    const real = new Map<string, string>();
    const inside = <T extends LeaseRef>(ref: T): T => ({ ...ref, token: real.get(`${keyOf(ref)} ${ref.token}`) ?? ref.token });
    return () => ({
      ...store,
      async reserve(request) {
        const reserved = await store.reserve(request);
        const token = createHash('sha256').update(request.owner).digest('hex').slice(0, 24);
        for (const job of reserved.jobs) real.set(`${keyOf(job)} ${token}`, job.token);
        return { ...reserved, jobs: reserved.jobs.map((job) => ({ ...job, token })) };
      },
      extend: (batch) => store.extend(batch.map(inside)),
      settle: (batch) => store.settle(batch.map(inside)),
    });
  },
};

/** Who pauses is told that it is so. */
export const pauseIsNone: Plant = {
  name: 'a pause that holds nothing up',
  within: 50,
  store: (store) => {
    const told = new Set<string>();
    return () => ({
      ...store,
      async control(tenant, queue, change) {
        told[change.set.paused ? 'add' : 'delete'](`${tenant}/${queue}`);
        return [];
      },
      async queues(tenant) {
        const isTold = (queue: string) => told.has(`${tenant}/`) || told.has(`${tenant}/${queue}`);
        return (await store.queues(tenant)).map((view) => ({ ...view, paused: isTold(view.queue) }));
      },
    });
  },
};

/** A job that is reaped is pushed into its queue twice. */
export const reaperPushesTwice: Plant = {
  name: 'the reaper pushes twice',
  within: 15,
  store: (store) => {
    const held = new Map<string, LeasedJob>();
    const again: LeasedJob[] = [];
    const real = new Map<string, string>();
    const inside = <T extends LeaseRef>(ref: T): T => ({ ...ref, token: real.get(ref.token) ?? ref.token });
    return () => ({
      ...store,
      async reserve(request) {
        const reserved = await store.reserve(request);
        for (const job of reserved.jobs) held.set(keyOf(job), job);
        const ghost = reserved.jobs.length === 0 && takeGhost(again, held, request.wants);
        if (!ghost) return reserved;
        real.set(ghost.token, (held.get(keyOf(ghost)) as LeasedJob).token);
        return { ...reserved, jobs: [ghost] };
      },
      async reap(shard, limit, gone) {
        const before = await leasedOf(store, held);
        const swept = await store.reap(shard, limit, gone);
        const after = new Set((await leasedOf(store, held)).map(keyOf));
        again.push(...before.filter((job) => !after.has(keyOf(job))));
        return swept;
      },
      extend: (batch) => store.extend(batch.map(inside)),
      settle: (batch) => store.settle(batch.map(inside)),
    });
  },
};

/** The second entry of a job whose first was taken again meanwhile, as another grant of it. */
function takeGhost(
  again: LeasedJob[],
  held: Map<string, LeasedJob>,
  wants: readonly { tenant: string; queue: string }[],
): LeasedJob | undefined {
  const at = again.findIndex(
    (job) =>
      held.get(keyOf(job))?.token !== job.token && wants.some(({ tenant, queue }) => tenant === job.tenant && queue === job.queue),
  );
  const [job] = at < 0 ? [] : again.splice(at, 1);
  if (!job) return undefined;
  const { token, attempt } = held.get(keyOf(job)) as LeasedJob;
  return { ...job, attempt: attempt + 1, token: (fenceOf(token) + 1n).toString(16).padStart(16, '0') + token.slice(16) };
}

async function leasedOf(store: JobStore, held: Map<string, LeasedJob>): Promise<LeasedJob[]> {
  const leased: LeasedJob[] = [];
  for (const job of held.values()) {
    const [view] = await store.find(job.tenant, [job.id], { payload: false });
    if (view?.state === 'leased') leased.push(job);
  }
  return leased;
}

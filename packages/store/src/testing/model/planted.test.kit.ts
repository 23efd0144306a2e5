import type { JobStore } from '../../job-store.js';
import { openMemoryStore } from '../../memory/memory-store.js';
import type { OpenOptions } from '../setup.js';

/** A fault laid around a store that has none: what it answers in place of the store. */
export type Plant = (store: JobStore, options: OpenOptions) => Partial<JobStore>;

/** Faults that a driver could have. */
export const PLANTED: Readonly<Record<string, Plant>> = {
  'a settle with a stale token is carried out': (store) => {
    const current = new Map<string, string>();
    return {
      async reserve(request) {
        const reply = await store.reserve(request);
        for (const { tenant, id, token } of reply.jobs) current.set(`${tenant}/${id}`, token);
        return reply;
      },
      settle: (batch) => store.settle(batch.map((one) => ({ ...one, token: current.get(`${one.tenant}/${one.id}`) ?? one.token }))),
    };
  },
  'a repeated settle is refused': (store) => ({
    settle: async (batch) => (await store.settle(batch)).map((code) => (code === 'OK_ALREADY' ? 'LEASE_LOST' : code)),
  }),
  'the nonce of a token is not compared': (store) => ({
    settle: async (batch) =>
      (await store.settle(batch)).map((code, at) => (batch[at]!.token.endsWith('00000002') ? 'OK_ALREADY' : code)),
  }),
  'an ended lease is said to be extended': (store) => ({
    extend: async (batch) => (await store.extend(batch)).map((code) => (code === 'LEASE_LOST' ? 'OK' : code)),
  }),
  'a cancelled lease is not told at the next extend': (store) => ({
    extend: async (batch) => (await store.extend(batch)).map((code) => (code === 'CANCEL' ? 'OK' : code)),
  }),
  'the clock is followed when it goes back': (store, { clock }) => {
    const created = new Map<string, number>();
    return {
      async enqueue(batch) {
        const verdicts = await store.enqueue(batch);
        for (const [at, { code }] of verdicts.entries())
          if (code === 'OK') created.set(`${batch[at]!.tenant}/${batch[at]!.id}`, clock.now());
        return verdicts;
      },
      find: async (tenant, ids, options) =>
        (await store.find(tenant, ids, options)).map(
          (view) => view && { ...view, createdAtMs: created.get(`${tenant}/${view.id}`)! },
        ),
    };
  },
  'a release to the head goes to the tail': (store) => ({
    settle: (batch) => store.settle(batch.map((one) => (one.outcome === 'release' ? { ...one, head: false } : one))),
  }),
  'a lost release is not counted': (store) => ({
    settle: (batch) => store.settle(batch.map((one) => (one.outcome === 'release' ? { ...one, lost: false } : one))),
  }),
  'a result is forgotten': (store) => ({
    settle: (batch) =>
      store.settle(
        batch.map(({ tenant, id, token, ...one }) =>
          one.outcome === 'ack' ? { tenant, id, token, outcome: 'ack' } : { tenant, id, token, ...one },
        ),
      ),
  }),
  'a suspect is handed out with others': (store) => ({
    async reserve(request) {
      const first = await store.reserve(request);
      if ((first.jobs[0]?.lostLeases ?? 0) === 0 || request.max === 1) return first;
      const more = await store.reserve({ ...request, max: request.max - 1 });
      return { jobs: [...first.jobs, ...more.jobs], left: more.left };
    },
  }),
  'the bytes of a reserve have no bound': (store) => ({ reserve: (request) => store.reserve({ ...request, maxBytes: 1e9 }) }),
  'the max of a want is not looked at': (store) => ({
    reserve: (request) => store.reserve({ ...request, wants: request.wants.map((want) => ({ ...want, max: 99 })) }),
  }),
  'all jobs have one priority': (store) => ({ enqueue: (batch) => store.enqueue(batch.map((job) => ({ ...job, priority: 5 }))) }),
  'jobs never expire': (store) => ({ enqueue: (batch) => store.enqueue(batch.map((job) => ({ ...job, ttlMs: 0 }))) }),
  'gone owners keep their leases': (store) => ({ reap: (shard, limit) => store.reap(shard, limit) }),
  'a flagged job is released instead of cancelled': (store) => ({
    cancel: async (tenant, ids) => {
      const views = await store.find(tenant, ids, { payload: false });
      const held = new Set(views.flatMap((view) => (view?.state === 'leased' ? [view.id] : [])));
      const verdicts = await store.cancel(
        tenant,
        ids.filter((id) => !held.has(id)),
      );
      const rest = [...verdicts];
      return ids.map((id) => (held.has(id) ? ({ code: 'OK', state: 'leased' } as const) : rest.shift()!));
    },
  }),
  'a page of the list repeats its last job': (store) => ({
    async list(tenant, query) {
      const page = await store.list(tenant, query);
      return query.cursor !== '' && page.jobs[0] ? { ...page, jobs: [page.jobs[0], ...page.jobs.slice(0, query.limit - 1)] } : page;
    },
  }),
  'finished jobs are forgotten at once': (_, options) =>
    openMemoryStore({ ...options, retention: { ...options.retention, keepAtLeastMs: 0 } }),
  'finished jobs have no bound in count': (_, options) =>
    openMemoryStore({ ...options, retention: { ...options.retention, finishedMax: 1e9 } }),
  'dead jobs are kept for ever': (_, options) =>
    openMemoryStore({ ...options, retention: { ...options.retention, deadMs: 1e12, deadMax: 1e9 } }),
  'everything is a millisecond late': (_, options) =>
    openMemoryStore({ ...options, clock: { now: () => options.clock.now() - 1 } }),
  'tenants share their ids': (store) => {
    const owner = new Map<string, string>();
    return {
      async enqueue(batch) {
        for (const { tenant, id } of batch) owner.set(id, owner.get(id) ?? tenant);
        const isFirst = ({ tenant, id }: { tenant: string; id: string }) => owner.get(id) === tenant;
        const verdicts = [...(await store.enqueue(batch.filter(isFirst)))];
        return batch.map((job) => (isFirst(job) ? verdicts.shift()! : { code: 'DUPLICATE_ID' as const, state: '' as const }));
      },
    };
  },
};

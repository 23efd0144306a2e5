import { AS_QUEUE, type SettingName } from '@tiercel/protocol';
import type { JobStore } from '../../job-store.js';
import { openMemoryStore } from '../../memory/memory-store.js';
import type { JobRecord } from '../../memory/record.js';
import type { Opened, OpenJobStore } from '../setup.js';
import { Within } from './within.test.kit.js';
import { QUEUES } from './world.js';

/** A fault in what was asked for last, or within a store: what it answers in place of the store, or of what was opened with it. */
export type PlantWithin = (
  store: JobStore,
  within: Within,
) => { readonly store?: Partial<JobStore> } & Partial<Pick<Opened, 'other' | 'reopen'>>;

/** A store that is built again at each `reopen`, with a fault or none. */
export const openWithin =
  (plant: PlantWithin): OpenJobStore =>
  async (options) => {
    const within = new Within(options);
    const { store: faulty, ...opened } = plant(within.store, within);
    const store = { ...within.store, ...faulty };
    const reopen = async () => {
      within.rebuild();
      return store;
    };
    return { store, reopen, close: async () => {}, ...opened };
  };

/** Settings that never take effect, though they are told as they were set. */
const unheeded =
  (...names: SettingName[]): PlantWithin =>
  (_, within) => {
    for (const shard of within.shards) {
      const rulesOf = shard.settings.rulesOf.bind(shard.settings);
      const plain = rulesOf('nobody', 'nothing');
      const kept = Object.fromEntries(names.map((name) => [name, plain[name]]));
      shard.settings.rulesOf = (tenant, queue) => ({ ...rulesOf(tenant, queue), ...kept });
    }
    return { reopen: undefined as never };
  };

/** Something done to every job after each call of these verbs. */
const afterEach =
  (
    verbs: readonly ('enqueue' | 'reserve' | 'promote' | 'settle' | 'cancel' | 'reap' | 'revive')[],
    act: (job: JobRecord, within: Within) => void,
  ): PlantWithin =>
  (store, within) => {
    const faulty = verbs.map((verb) => {
      const call = store[verb] as (...args: unknown[]) => Promise<unknown>;
      return [
        verb,
        async (...args: unknown[]) => {
          const reply = await call(...args);
          for (const job of within.jobs) act(job, within);
          return reply;
        },
      ];
    });
    return { store: Object.fromEntries(faulty) };
  };

export const PLANTED_WITHIN: Readonly<Record<string, PlantWithin>> = {
  'a date that is to come is not waited for': (store) => ({
    store: { enqueue: (batch) => store.enqueue(batch.map((job) => ({ ...job, atMs: 0 }))) },
  }),
  'a lease that never ends has an end': (store) => ({
    store: { extend: (batch) => store.extend(batch.map((one) => ({ ...one, leaseMs: one.leaseMs || 86_400_000 }))) },
  }),
  'the lease a queue says is that of the default': unheeded('leaseMs'),
  'the attempts a queue says are those of the default': unheeded('attempts'),
  'the age a queue allows bounds nothing': unheeded('maxAgeMs'),
  'what expires always ends': unheeded('expireTo'),
  'a queue has no retention of its own': unheeded('finishedMs', 'finishedMax', 'finishedBytes', 'deadMs', 'deadMax', 'deadBytes'),
  'a queue has no limits': unheeded('maxItems', 'maxBytes', 'maxItemBytes'),
  'a full queue drops nobody': unheeded('whenFull'),
  'the largest payload of a queue is not looked at': unheeded('maxItemBytes'),
  'a limit is compared after the job is in': (store) => ({
    store: {
      control: (tenant, queue, { set, clear }) =>
        store.control(tenant, queue, { set: { ...set, ...(set.maxItems && { maxItems: set.maxItems + 1 }) }, clear }),
      settings: async (tenant) =>
        (await store.settings(tenant)).map(({ queue, settings }) => ({
          queue,
          settings: { ...settings, ...(settings.maxItems && { maxItems: settings.maxItems - 1 }) },
        })),
    },
  }),
  'what is cleared stays': (store) => ({
    store: { control: (tenant, queue, { set }) => store.control(tenant, queue, { set, clear: [] }) },
  }),
  'a paused pair stays in the backlog': (store, within) => ({
    store: {
      async backlog(shard, query) {
        const found = await store.backlog(shard, query);
        const paused = within.jobs.map(({ pair }) => pair).find(({ rules, counts }) => rules.paused && counts.ready > 0);
        if (!paused || query.after || found.length >= query.limit) return found;
        return [...found, { tenant: paused.tenant, queue: paused.queue, ready: paused.counts.ready }];
      },
    },
  }),
  'resuming answers nothing': (store) => ({
    store: { control: (tenant, queue, change) => store.control(tenant, queue, change).then(() => []) },
  }),
  'jobs expire only where somebody reserves them': afterEach(['enqueue'], (job, { shards }) => {
    const home = shards.find((shard) => shard.find(job.pair.tenant, job.given.id) === job);
    if (job.expiry) home?.expiring.remove(job.expiry);
  }),
  'a job that moved keeps its time to live': afterEach(['promote', 'reserve'], (job) => {
    if (job.pair.queue !== job.given.queue && job.attempt === 0) job.expiresAtMs ||= job.createdAtMs + 1;
  }),
  'the bytes of a cancelled job are not taken down': (store, within) => ({
    store: {
      async cancel(tenant, ids) {
        const before = new Map(within.jobs.map(({ pair }) => [pair, pair.bytes]));
        const verdicts = await store.cancel(tenant, ids);
        for (const [pair, bytes] of before) pair.bytes = bytes;
        return verdicts;
      },
    },
  }),
  'the oldest is the one enqueued first': (store, within) => ({
    store: {
      queues(tenant) {
        for (const job of within.jobs) job.readyAtMs = job.createdAtMs;
        return store.queues(tenant);
      },
    },
  }),
  'a list of one finished state has the others too': (store, within) => ({
    store: {
      list(tenant, query) {
        if (query.state === 'cancelled' && within.jobs.some(({ state }) => state === 'expired'))
          return store.list(tenant, { ...query, state: 'expired' });
        return store.list(tenant, query);
      },
    },
  }),
  'ready jobs are listed by their ids': (store) => ({
    store: {
      async list(tenant, query) {
        const page = await store.list(tenant, query);
        return query.state === 'ready' ? { ...page, jobs: page.jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1)) } : page;
      },
    },
  }),
  'a purge has no limit': (store) => ({
    store: { purge: (tenant, query) => store.purge(tenant, { ...query, limit: 1_000 }) },
  }),
  'a purge does not say that there is more': (store) => ({
    store: { purge: async (tenant, query) => ({ ...(await store.purge(tenant, query)), more: false }) },
  }),
  'a repeated settle is counted again': (store, within) => ({
    store: {
      async settle(batch) {
        const codes = await store.settle(batch);
        for (const [at, code] of codes.entries()) {
          const job = within.jobs.find(({ pair, given }) => pair.tenant === batch[at]!.tenant && given.id === batch[at]!.id);
          if (code === 'OK_ALREADY')
            for (const shard of within.shards)
              if (job) shard.tally.add(job.pair.tenant, job.pair.queue, job.given.name, 'succeeded');
        }
        return codes;
      },
    },
  }),
  'a revived job counts as enqueued': (store, within) => ({
    store: {
      async revive(tenant, ids) {
        const verdicts = await store.revive(tenant, ids);
        if (verdicts.some(({ code }) => code === 'OK')) for (const shard of within.shards) shard.tally.totals.enqueued++;
        return verdicts;
      },
    },
  }),
  'what is corrupt is a plain dead letter': (store) => ({
    store: {
      settle: (batch) => store.settle(batch.map((one) => (one.outcome === 'bury' ? { ...one, corrupt: false } : one))),
    },
  }),
  'retention looks at no bytes': (_, { options }) => {
    const retention = { ...options.retention, finishedBytes: 1e12, deadBytes: 1e12 };
    return { store: openMemoryStore({ ...options, retention }), reopen: undefined as never };
  },
  'a job that leaves them to its queue shows what that says': (store) => ({
    store: {
      find: async (tenant, ids, options) =>
        (await store.find(tenant, ids, options)).map(
          (view) => view && { ...view, attempts: view.attempts === AS_QUEUE ? 5 : view.attempts },
        ),
    },
  }),
  'a scrub mends what is as it should be': (store) => ({
    store: {
      scrub: async (shard, cursor) => {
        const scrubbed = await store.scrub(shard, cursor);
        return { ...scrubbed, mended: { ...scrubbed.mended, counts: scrubbed.looked } };
      },
    },
  }),
  'a store that is opened again has forgotten its settings': (store, within) => ({
    async reopen() {
      within.rebuild({ settings: false, counters: true });
      return store;
    },
  }),
  'a store that is opened again counts from nothing': (store, within) => ({
    async reopen() {
      within.rebuild({ settings: true, counters: false });
      return store;
    },
  }),
  'a store that is opened again has its ready jobs in the order of their ids': (store, within) => ({
    async reopen() {
      for (const queue of QUEUES) {
        const ready = within.jobs.filter(({ state, pair }) => state === 'ready' && pair.queue === queue);
        const orders = ready.map(({ order }) => order).sort((a, b) => a - b);
        for (const [at, job] of ready.toSorted((a, b) => (a.given.id < b.given.id ? -1 : 1)).entries()) job.order = orders[at]!;
      }
      within.rebuild();
      return store;
    },
  }),
  'of two enqueues at the same time one is lost': (store) => {
    let isBusy = false;
    const enqueue: JobStore['enqueue'] = async (batch) => {
      if (isBusy) return batch.map(() => ({ code: 'OK', state: 'ready' }));
      isBusy = true;
      await Promise.resolve();
      isBusy = false;
      return store.enqueue(batch);
    };
    return { store: { enqueue }, other: { ...store, enqueue } };
  },
};

import type { Actor, Ref, Sender } from '@tiercel/actors';
import {
  ANY,
  type BrokerProtocol,
  type ChangeVerdict,
  type EnqueueBatch,
  type EnqueueVerdict,
  fail,
  type JobView,
  LIMITS,
  type NewJob,
  POOL,
  readStamp,
  type SettleCode,
  type Settlement,
  type Stamp,
} from '@tiercel/protocol';
import type { JobStore } from '@tiercel/store';
import type { Bounds } from './bounds.js';
import type { FairShareProtocol, Hint } from './fair-share.js';
import { News } from './news.js';
import type { SweeperProtocol } from './sweeper.js';
import { TenantGate } from './tenant-gate.js';

interface Parts {
  readonly store: JobStore;
  readonly bounds: Bounds;
  readonly fairShare: Ref<FairShareProtocol>;
  readonly sweeper: Ref<SweeperProtocol>;
  readonly storeAnswered: (error?: unknown) => void;
  /** Tells the other brokers which pairs have new work. */
  readonly spread: (pairs: Hint) => void;
}

/** Ids asked of the storage in one step: a few replies' worth at most, however large the jobs. */
const FOUND_AT_ONCE = { withPayload: 4, without: 16 } as const;

/**
 * The way in: reads from the subject whose request it is, holds it against the tenant's bounds, passes it to the storage and says
 * what became of it. Keeps no state of a job; spawned with many turns.
 */
export const frontDesk =
  ({ store, bounds, fairShare, sweeper, storeAnswered, spread }: Parts): Actor<BrokerProtocol> =>
  (ctx) => {
    const gate = new TenantGate(bounds);
    let batches = 0;

    /** A request of one tenant, let in and carried out. */
    function admit<T>(sender: Sender, work: (stamp: Stamp) => Promise<T>): Promise<T> {
      const stamp = stampOf(sender);
      return gate.pass(stamp.tenant, sender.bytes, async () => {
        try {
          const reply = await work(stamp);
          storeAnswered();
          return reply;
        } catch (error) {
          storeAnswered(error);
          throw error;
        }
      });
    }

    /** Timers and hints that follow from jobs having become ready or scheduled. */
    function announce(news: News): void {
      const pairs = news.ready();
      if (pairs.length > 0) fairShare.tell('hint', pairs);
      passOn(news, pairs);
    }

    /** The same, for all but this broker's own fair share. */
    function passOn({ soonest }: News, pairs: Hint): void {
      for (const [shard, inMs] of soonest) sweeper.tell('due', { shard, inMs });
      if (pairs.length > 0) spread(pairs);
    }

    /** Whoever is parked for one of these jobs is served behind the batch, not after its answer. */
    async function storing(tenant: string, jobs: readonly NewJob[]): Promise<readonly EnqueueVerdict[]> {
      const batch = ++batches;
      const stored = enqueue(store, tenant, jobs, bounds.payloadBytes);
      const coming = newsOf(tenant, jobs);
      fairShare.tell('coming', { batch, pairs: coming.ready() });
      let came = new News(store.shards);
      try {
        const verdicts = await stored;
        const isStored = (_: NewJob, place: number) => verdicts[place]?.code === 'OK';
        came = jobs.every(isStored) ? coming : newsOf(tenant, jobs.filter(isStored));
        return verdicts;
      } finally {
        const pairs = came.ready();
        fairShare.tell('came', { batch, pairs });
        passOn(came, pairs);
      }
    }

    function newsOf(tenant: string, jobs: readonly NewJob[]): News {
      const news = new News(store.shards);
      for (const { queue, delayMs } of jobs) news.add(tenant, queue, delayMs);
      return news;
    }

    return {
      enqueue: (batch, sender) =>
        admit(sender, async (stamp) => {
          requireTenant(stamp);
          requireTopic(stamp, batch);
          const verdicts = await storing(stamp.tenant, batch.jobs);
          return { verdicts, durability: store.status.durability };
        }),

      reserve(demand, sender) {
        const stamp = stampOf(sender);
        if (stamp.queue !== ANY && demand.queues.some((queue) => queue !== stamp.queue))
          fail('BAD_MESSAGE', { reason: 'the subject names another queue' });
        const answer = ctx.later<Awaited<ReturnType<BrokerProtocol['reserve']>>>();
        if (!fairShare.tell('want', { tenant: stamp.tenant, demand, answer }))
          ctx.refuse('BUSY', { retryAfterMs: bounds.retryAfterMs });
        return answer;
      },

      extend: ({ leases }, sender) =>
        admit(sender, async (stamp) => {
          requireOwn(stamp, leases);
          return { verdicts: await store.extend(leases) };
        }),

      settle: ({ settlements }, sender) =>
        admit(sender, async (stamp) => {
          requireOwn(stamp, settlements);
          const verdicts = await store.settle(settlements);
          comeBack(settlements, verdicts);
          return { verdicts };
        }),

      find: ({ ids, payload }, sender) =>
        admit(sender, async (stamp) => ({ jobs: await findWithinReply(store, requireTenant(stamp), ids, payload) })),

      list: (query, sender) => admit(sender, (stamp) => store.list(requireTenant(stamp), query)),

      cancel: ({ ids }, sender) => admit(sender, async (stamp) => ({ verdicts: await store.cancel(requireTenant(stamp), ids) })),

      revive: ({ ids }, sender) =>
        admit(sender, async (stamp) => {
          const tenant = requireTenant(stamp);
          const verdicts = await store.revive(tenant, ids);
          void announceRevived(tenant, ids, verdicts);
          return { verdicts };
        }),

      control: ({ queue, set, clear }, sender) =>
        admit(sender, async (stamp) => {
          const ready = await store.control(requireTenant(stamp), queue, { set, clear });
          const news = new News(store.shards);
          for (const [tenant, name] of ready) news.add(tenant, name, 0);
          announce(news);
          return {};
        }),

      settings: (_, sender) => admit(sender, async (stamp) => ({ settings: await store.settings(requireTenant(stamp)) })),

      purge: (query, sender) => admit(sender, (stamp) => store.purge(requireTenant(stamp), query)),

      counters: (_, sender) => admit(sender, async (stamp) => ({ counters: await store.counters(requireTenant(stamp)) })),

      quarantined: (query, sender) => admit(sender, (stamp) => store.quarantined(requireTenant(stamp), query)),

      queues: (_, sender) =>
        admit(sender, async (stamp) => ({ queues: (await store.queues(requireTenant(stamp))).slice(0, LIMITS.queuesListed) })),
    };

    /** Released jobs are ready or scheduled again; those that died instead make this a hint that finds nothing. */
    function comeBack(settled: readonly Settlement[], verdicts: readonly SettleCode[]): void {
      const news = new News(store.shards);
      for (const [place, each] of settled.entries())
        if (each.outcome === 'release' && each.queue !== undefined && verdicts[place] === 'OK')
          news.add(each.tenant, each.queue, each.delayMs);
      announce(news);
    }

    async function announceRevived(tenant: string, ids: readonly string[], verdicts: readonly ChangeVerdict[]): Promise<void> {
      const revived = ids.filter((_, place) => verdicts[place]?.code === 'OK');
      const jobs = revived.length > 0 ? await store.find(tenant, revived, { payload: false }).catch(() => []) : [];
      const news = new News(store.shards);
      for (const job of jobs) if (job !== null) news.add(tenant, job.queue, 0);
      announce(news);
    }
  };

function stampOf(sender: Sender): Stamp {
  return (
    readStamp(sender.subject) ??
    fail('BAD_NAME', { kind: 'subject', got: sender.subject.slice(0, 80).replace(/[^\x20-\x7e]/g, '?') })
  );
}

/** Only a tenant's own credential enqueues and looks; the pool's serves jobs. */
const requireTenant = (stamp: Stamp): string => (stamp.tenant === POOL ? fail('FOREIGN_TENANT', { got: POOL }) : stamp.tenant);

function requireOwn(stamp: Stamp, refs: readonly { readonly tenant: string }[]): void {
  if (stamp.tenant === POOL) return;
  if (refs.some(({ tenant }) => tenant !== stamp.tenant)) fail('FOREIGN_TENANT', { tenant: stamp.tenant });
}

/** Permissions may be per queue, so a subject that names a queue speaks for no other. */
function requireTopic(stamp: Stamp, batch: EnqueueBatch): void {
  if (stamp.queue !== ANY && batch.jobs.some(({ queue }) => queue !== stamp.queue))
    fail('BAD_MESSAGE', { reason: 'the subject names another queue' });
}

/** Spelled out, because to spread an object of so many fields takes longer than to store it. */
const ofTenant = (tenant: string, job: NewJob): NewJob & { readonly tenant: string } => ({
  tenant,
  id: job.id,
  generated: job.generated,
  queue: job.queue,
  name: job.name,
  payload: job.payload,
  encoding: job.encoding,
  checksum: job.checksum,
  delayMs: job.delayMs,
  priority: job.priority,
  attempts: job.attempts,
  leaseMs: job.leaseMs,
  timeoutMs: job.timeoutMs,
  backoffMs: job.backoffMs,
  backoffMaxMs: job.backoffMaxMs,
  atMs: job.atMs,
  ttlMs: job.ttlMs,
});

/** Refuses what is too large item by item; the rest is stored in one step per shard. */
async function enqueue(
  store: JobStore,
  tenant: string,
  jobs: readonly NewJob[],
  payloadBytes: number,
): Promise<readonly EnqueueVerdict[]> {
  const fits = jobs.filter(({ payload }) => payload.length <= payloadBytes);
  const stored = await store.enqueue(fits.map((job) => ofTenant(tenant, job)));
  if (fits.length === jobs.length) return stored;
  let place = 0;
  return jobs.map(({ payload }) =>
    payload.length <= payloadBytes ? (stored[place++] as EnqueueVerdict) : { code: 'PAYLOAD_TOO_LARGE', state: '' },
  );
}

/**
 * One answer for each id, in order. Throws BATCH_TOO_LARGE when the payloads and results are over what one reply carries, before much
 * more than that was fetched; `ids` is how many from the first fit. The first always does.
 */
async function findWithinReply(
  store: JobStore,
  tenant: string,
  ids: readonly string[],
  payload: boolean,
): Promise<readonly (JobView | null)[]> {
  const unlike = [...new Set(ids)];
  const found = new Map<string, JobView | null>();
  const jobs: (JobView | null)[] = [];
  let bytes = 0;
  for (const id of ids) {
    if (!found.has(id)) {
      const slice = unlike.slice(found.size, found.size + (payload ? FOUND_AT_ONCE.withPayload : FOUND_AT_ONCE.without));
      const views = await store.find(tenant, slice, { payload });
      for (let place = 0; place < slice.length; place++) found.set(slice[place] as string, views[place] ?? null);
    }
    const job = found.get(id) ?? null;
    bytes += (job?.payload?.length ?? 0) + (job?.result?.length ?? 0);
    if (bytes > LIMITS.batchBytes && jobs.length > 0) fail('BATCH_TOO_LARGE', { ids: jobs.length });
    jobs.push(job);
  }
  return jobs;
}

import type { Actor, Later, Ref, Sender } from '@tiercel/actors';
import {
  type BrokerProtocol,
  type ChangeVerdict,
  codeOf,
  type Demand,
  type Durability,
  type EnqueueVerdict,
  type ErrorCode,
  fail,
  fanoutOf,
  LIMITS,
  openAcks,
  type QueueSettings,
  type ReserveReply,
  type SettleBatch,
  type SettleCode,
  type Settlement,
  type Stamp,
} from '@tiercel/protocol';
import { DURABILITY_ORDER, type JobStore } from '@tiercel/store';
import { accept, refusalOf } from './accept.js';
import { backlogPage } from './backlog.js';
import { type Batch, batchOf } from './batch.js';
import type { Bounds } from './bounds.js';
import type { FairShareProtocol, Hint } from './fair-share.js';
import type { Leases } from './holders.js';
import { News, waitOf } from './news.js';
import { ownQueue, requireOwn, requirePool, requireTenant, requireTopic, stampOf } from './rights.js';
import type { SweeperProtocol } from './sweeper.js';
import { TenantGate } from './tenant-gate.js';
import { findWithinReply, listWithinReply, quarantinedWithinReply } from './within-reply.js';

/** Told what the front desk does, for metrics; must not throw. */
export interface DeskObserver {
  /** Requests under way: one more, or one less. */
  underWay(change: 1 | -1): void;
  /** A request, or one job of a batch. */
  refused(code: ErrorCode): void;
}

interface Parts {
  readonly store: JobStore;
  readonly leases: Leases;
  readonly bounds: Bounds;
  readonly fairShare: Ref<FairShareProtocol>;
  readonly sweeper: Ref<SweeperProtocol>;
  /** Told of every failure; that it works is for the sweeps to say, since a look succeeds also where nothing can be changed. */
  readonly storeAnswered: (error: unknown) => void;
  /** Tells the other brokers which pairs have new work. */
  readonly spread: (pairs: Hint) => void;
  readonly observe?: DeskObserver | undefined;
}

/**
 * The way in: reads from the subject whose request it is, holds it against the tenant's bounds, passes it to the storage and says
 * what became of it. Keeps no state of a job; spawned with many turns.
 */
export const frontDesk =
  ({ store, leases: held, bounds, fairShare, sweeper, storeAnswered, spread, observe }: Parts): Actor<BrokerProtocol> =>
  (ctx) => {
    const gate = new TenantGate(bounds);
    let batches = 0;

    /** A request of one tenant, let in and carried out. */
    async function admit<T>(sender: Sender, work: (stamp: Stamp) => Promise<T>): Promise<T> {
      observe?.underWay(1);
      try {
        const stamp = stampOf(sender);
        return await gate.pass(stamp.tenant, sender.bytes, async () => {
          try {
            return await work(stamp);
          } catch (error) {
            storeAnswered(error);
            throw error;
          }
        });
      } catch (error) {
        observe?.refused(codeOf(error));
        throw error;
      } finally {
        observe?.underWay(-1);
      }
    }

    /** Timers and hints that follow from jobs having become ready or scheduled. */
    function announce(news: News): void {
      hint(news.ready());
      setTimers(news);
    }

    /** Whoever waits for one of these pairs, here or at another broker, is served. */
    function hint(pairs: Hint): void {
      if (pairs.length === 0) return;
      fairShare.tell('hint', pairs);
      spread(pairs);
    }

    function setTimers({ soonest }: News): void {
      for (const [shard, inMs] of soonest) sweeper.tell('due', { shard, inMs });
    }

    /** Whoever is parked for one of these jobs is served behind the batch, not after its answer. */
    async function storing(tenant: string, jobs: Batch): Promise<readonly EnqueueVerdict[]> {
      const batch = ++batches;
      const nowMs = ctx.clock.now();
      const stored = accept(store, tenant, jobs, (run) => refusalOf(run, bounds.payloadBytes, nowMs));
      const coming = newsOf(tenant, jobs, nowMs);
      fairShare.tell('coming', { batch, pairs: coming.ready() });
      let came = new News(store.shards);
      try {
        const verdicts = await stored;
        const asForeseen = verdicts.every(({ code }) => code === 'OK') && jobs.runs.every(({ atMs }) => atMs === 0);
        came = asForeseen ? coming : newsOf(tenant, jobs, nowMs, verdicts);
        if (!asForeseen) tellRefused(verdicts);
        return verdicts;
      } finally {
        const pairs = came.ready();
        fairShare.tell('came', { batch, pairs });
        if (pairs.length > 0) spread(pairs);
        setTimers(came);
      }
    }

    function tellRefused(verdicts: readonly EnqueueVerdict[]): void {
      for (const { code } of verdicts) if (code !== 'OK' && code !== 'DUPLICATE') observe?.refused(code);
    }

    /** Of jobs that will be stored, or of those that were. */
    function newsOf(tenant: string, { runs }: Batch, nowMs: number, verdicts?: readonly EnqueueVerdict[]): News {
      const news = new News(store.shards);
      let place = 0;
      for (const run of runs) {
        const judged = verdicts?.slice(place, place + run.count);
        if (judged === undefined) news.add(tenant, run.queue, waitOf(run, nowMs), run.count);
        else for (const verdict of judged) if (verdict.code === 'OK') news.add(tenant, run.queue, waitOf(run, nowMs, verdict));
        place += run.count;
      }
      return news;
    }

    return {
      enqueue: (batch, sender) =>
        admit(sender, async (stamp) => {
          requireTenant(stamp);
          const jobs = batchOf(batch);
          for (const { queue } of jobs.runs) requireTopic(stamp, queue);
          const { durability } = store.status;
          const verdicts = await storing(stamp.tenant, jobs);
          return { verdicts, durability: lesser(durability, store.status.durability) };
        }),

      reserve(demand, sender) {
        const stamp = stampOf(sender);
        for (const queue of demand.queues) requireTopic(stamp, queue);
        const { settlements, acks } = demand;
        if (!settlements && !acks) return reserving(stamp, demand);
        return admit(sender, () => settleAndReserve(stamp, { settlements: settlements ?? [], acks }, demand));
      },

      extend: ({ leases }, sender) =>
        admit(sender, async (stamp) => {
          requireOwn(stamp, leases);
          return { verdicts: await held.extend(leases) };
        }),

      settle: (batch, sender) =>
        admit(sender, async (stamp) => {
          requireOwnBatch(stamp, batch);
          return { verdicts: await settling(batch) };
        }),

      find: ({ ids, payload }, sender) =>
        admit(sender, async (stamp) => ({ jobs: await findWithinReply(store, requireTenant(stamp), ids, payload) })),

      list: (query, sender) => admit(sender, (stamp) => listWithinReply(store, ownQueue(stamp, query.queue), query)),

      cancel: ({ ids }, sender) => admit(sender, async (stamp) => ({ verdicts: await store.cancel(requireTenant(stamp), ids) })),

      revive: ({ ids }, sender) =>
        admit(sender, async (stamp) => {
          const tenant = requireTenant(stamp);
          const verdicts = await store.revive(tenant, ids);
          void announceRevived(tenant, ids, verdicts);
          return { verdicts };
        }),

      forget: ({ ids }, sender) => admit(sender, async (stamp) => ({ verdicts: await store.forget(requireTenant(stamp), ids) })),

      control: ({ queue, set, clear }, sender) =>
        admit(sender, async (stamp) => {
          const tenant = ownQueue(stamp, queue);
          await requireRoom(store, tenant, queue, set);
          const ready = await store.control(tenant, queue, { set, clear });
          hint(ready.map(([, name]) => [tenant, name, undefined] as const));
          return {};
        }),

      settings: (_, sender) => admit(sender, async (stamp) => ({ settings: await store.settings(requireTenant(stamp)) })),

      purge: (query, sender) => admit(sender, (stamp) => store.purge(ownQueue(stamp, query.queue), query)),

      counters: (_, sender) => admit(sender, async (stamp) => ({ counters: await store.counters(requireTenant(stamp)) })),

      quarantined: (query, sender) => admit(sender, (stamp) => quarantinedWithinReply(store, requireTenant(stamp), query)),

      backlog: (query, sender) =>
        admit(sender, (stamp) => {
          requirePool(stamp);
          requireTopic(stamp, query.queue);
          return backlogPage(store, query);
        }),

      queues: (_, sender) =>
        admit(sender, async (stamp) => ({ queues: (await store.queues(requireTenant(stamp))).slice(0, LIMITS.queuesListed) })),
    };

    function reserving({ tenant }: Stamp, demand: Demand): Later<ReserveReply> {
      const answer = ctx.later<ReserveReply>();
      if (!fairShare.tell('want', { tenant, demand, answer })) {
        observe?.refused('BUSY');
        ctx.refuse('BUSY', { retryAfterMs: bounds.retryAfterMs });
      }
      return answer;
    }

    async function settling({ settlements, acks }: SettleBatch): Promise<readonly SettleCode[]> {
      if (!acks) {
        const verdicts = await held.settle(settlements);
        comeBack(settlements, verdicts);
        return verdicts;
      }
      const acked = held.settlePacked ? held.settlePacked(acks) : held.settle(openAcks(acks));
      if (settlements.length === 0) return acked;
      return (await Promise.all([settling({ settlements }), acked])).flat();
    }

    function requireOwnBatch(stamp: Stamp, { settlements, acks }: SettleBatch): void {
      requireOwn(stamp, settlements);
      if (acks) requireOwn(stamp, acks.runs);
    }

    /** Both are asked of the storage in one turn, so that it may do them in one step. What was settled is told whatever becomes of the reserve. */
    async function settleAndReserve(stamp: Stamp, batch: SettleBatch, demand: Demand): Promise<ReserveReply> {
      requireOwnBatch(stamp, batch);
      const settled = settling(batch);
      const granted = grantedNow(stamp, demand);
      const verdicts = await settled;
      return { ...(await granted), verdicts };
    }

    async function grantedNow(stamp: Stamp, demand: Demand): Promise<ReserveReply> {
      try {
        return await reserving(stamp, { ...demand, parkMs: 0 }).promise;
      } catch {
        return { jobs: [], deliveryLeaseMs: bounds.deliveryLeaseMs };
      }
    }

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

/** Names of queues are a tenant's to make up, and settings stay until they are cleared. */
async function requireRoom(store: JobStore, tenant: string, queue: string, set: QueueSettings): Promise<void> {
  if (set.expireTo !== undefined && set.expireTo !== '' && set.expireTo === queue)
    fail('BAD_OPTION', { option: 'expireTo', expected: 'another queue', got: queue });
  const fanout = fanoutOf(set.fanout ?? '');
  if (fanout.includes(queue)) fail('BAD_OPTION', { option: 'fanout', expected: 'other queues', got: queue });
  if ((queue === '' && fanout.length === 0) || Object.keys(set).length === 0) return;
  const others = (await store.settings(tenant)).filter((each) => each.queue !== queue);
  if (queue !== '' && others.filter((each) => each.queue !== '').length >= LIMITS.queuesSet)
    fail('BAD_OPTION', { option: 'queue', expected: `settings of ${LIMITS.queuesSet} queues at most`, got: queue });
  const named = others.reduce((sum, { settings }) => sum + fanoutOf(settings.fanout ?? '').length, fanout.length);
  if (fanout.length > 0 && named > LIMITS.fanoutsOfTenant)
    fail('BAD_OPTION', { option: 'fanout', expected: `${LIMITS.fanoutsOfTenant} names in all fan-outs at most`, got: named });
}

const lesser = (one: Durability, other: Durability): Durability =>
  DURABILITY_ORDER.indexOf(one) < DURABILITY_ORDER.indexOf(other) ? one : other;

import type { Actor, Later, Undo } from '@tiercel/actors';
import { jittered } from '@tiercel/actors';
import {
  asTiercelError,
  type Demand,
  LIMITS,
  POOL,
  packJobs,
  type ReadyPair,
  type ReserveReply,
  TiercelError,
} from '@tiercel/protocol';
import { grantedBy, type JobStore, type Reserved, shardOf } from '@tiercel/store';
import type { Bounds } from './bounds.js';
import type { Nonce } from './nonce.js';
import { type Plan, ReadyRing } from './ready-ring.js';

/** Pairs that have work, and how many jobs where it is known. */
export type Hint = readonly (readonly [tenant: string, queue: string, ready: number | undefined])[];

type Pair = Hint[number];

export interface FairShareProtocol {
  /** A reserve; answered through `answer` when there are jobs, or empty when it has been parked long enough. */
  want(ask: { tenant: string; demand: Demand; answer: Later<ReserveReply> }): void;
  hint(pairs: Hint): void;
  /**
   * A batch is on its way to the storage that will make these pairs ready. Whoever is parked for one of them is served behind it, in
   * the same order on the same connection, without waiting for its answer.
   */
  coming(news: { batch: number; pairs: Hint }): void;
  /** The batch is stored, with these; or it is not. */
  came(news: { batch: number; pairs: Hint }): void;
  /** Answers whatever is parked, empty: the broker is leaving. */
  empty(nothing: null): void;
  /** A worker that is known to have ended waits for nothing any more. */
  gone(owner: string): void;
  // What follows it sends itself.
  forget(owner: string): void;
  granted(result: { ask: Ask; grants: readonly Grant[] }): void;
  looked(result: { pairs: readonly ReadyPair[] }): void;
  poll(nothing: null): void;
  expire(ask: Ask): void;
}

interface Ask {
  readonly tenant: string | undefined;
  readonly demand: Demand;
  readonly answer: Later<ReserveReply>;
  stopWaiting: Undo;
  /** Monotonic time of its arrival, and how long it had waited when the storage was last asked. */
  readonly arrivedAt: number;
  waitedMs: number;
  /** Whether it waits here; false while reserves for it are under way. */
  parked: boolean;
  /** Whether its time is up. */
  due: boolean;
}

interface Grant {
  readonly plan: Plan;
  readonly reserved?: Reserved;
  readonly error?: unknown;
}

interface Parts {
  readonly store: JobStore;
  readonly bounds: Bounds;
  readonly nonce: Nonce;
  /** Told of every failure of the storage, and of what it granted: a look succeeds also where nothing can be changed. */
  readonly storeAnswered: (error?: unknown) => void;
}

/** Batches under way whose pairs are remembered; enough for all that may be under way. */
const MAX_FOLLOWED = 10_000;

/** Ended owners remembered at once; more are left to the end of their leases. */
const MAX_ENDED = 1_000;

/**
 * Decides who is served next. Reserves wait here while nothing is ready, oldest first; work that becomes ready is planned over the
 * tenants in turn ({@link ReadyRing}) and fetched with a bounded number of reserves in flight. What it knows is a hint and may be
 * lost with it: the storage is asked again every `pollMs`, or every `lookMs` of its own, while somebody waits.
 */
export const fairShare =
  ({ store, bounds, nonce, storeAnswered }: Parts): Actor<FairShareProtocol> =>
  (ctx) => {
    const ring = new ReadyRing(store.shards, bounds.knownPairs);
    const lookMs = Math.min(bounds.pollMs, store.lookMs ?? bounds.pollMs);
    const waiting = new Set<Ask>();
    /** Those of them that name their queues and for which the storage was not asked yet. */
    const untried = new Set<Ask>();
    /** Those that are not to be parked, and came while as many reserves as may were under way. */
    const inTurn = new Set<Ask>();
    const parkedOf = new Map<string, number>();
    /** Owners that ended not long ago: what a reserve under way still brings for them is given back. */
    const ended = new Set<string>();
    /** By batch under way: pairs of it for which a reserve went behind it. What that leaves is newer than the news of the batch. */
    const followed = new Map<number, readonly Pair[]>();
    let inFlight = 0;
    const pages: Pages = new Map();
    let polling = false;
    let leaving = false;
    ctx.onStop(() => {
      for (const ask of [...waiting]) refuse(ask, new TiercelError('STOPPED'));
    });

    function park(ask: Ask): void {
      const key = ask.tenant ?? POOL;
      parkedOf.set(key, (parkedOf.get(key) ?? 0) + 1);
      waiting.add(ask);
    }

    function leave(ask: Ask): void {
      const key = ask.tenant ?? POOL;
      const left = (parkedOf.get(key) ?? 1) - 1;
      if (left === 0) parkedOf.delete(key);
      else parkedOf.set(key, left);
      waiting.delete(ask);
      untried.delete(ask);
      inTurn.delete(ask);
      ask.stopWaiting();
    }

    function answer(ask: Ask, kept: readonly Reserved[]): void {
      leave(ask);
      ask.answer.resolve({ ...together(kept), deliveryLeaseMs: bounds.deliveryLeaseMs + Math.floor(ask.waitedMs) });
    }

    function refuse(ask: Ask, error: TiercelError): void {
      leave(ask);
      ask.answer.reject(error);
    }

    /** Serves parked asks, oldest first, as far as there is work to fetch or to find out about and reserves may start. */
    function pump(): void {
      if (ring.size === 0 && untried.size === 0) return;
      for (const ask of waiting) {
        if (inFlight >= bounds.reservesInFlight) return;
        if (!ask.parked) continue;
        const plans = plansFor(ask);
        if (plans.length > 0) fetch(ask, plans);
      }
    }

    function plansFor(ask: Ask): readonly Plan[] {
      const { queues, max } = ask.demand;
      if (ask.tenant !== undefined && untried.delete(ask)) return ring.probe(ask.tenant, queues, max);
      return ring.plan({ tenant: ask.tenant, queues }, max);
    }

    /** One that is not to be parked: there is nothing for it, or its turn has not come. */
    function endOrWait(ask: Ask): void {
      if (inFlight < bounds.reservesInFlight) answer(ask, []);
      else {
        inTurn.add(ask);
        ask.stopWaiting = ctx.after(bounds.turnMs, 'expire', ask);
      }
    }

    /** Pairs that nothing is known of, for each of which somebody is parked who wants it: a reserve for it has begun. */
    function follow(pairs: Hint): readonly Pair[] {
      return pairs.filter(([tenant, queue]) => {
        if (inFlight >= bounds.reservesInFlight || ring.knows(tenant, queue)) return false;
        const ask = firstParked(tenant, queue);
        if (ask === undefined) return false;
        ring.add(tenant, queue, undefined);
        const plans = ring.plan({ tenant, queues: [queue] }, ask.demand.max);
        if (plans.length > 0) fetch(ask, plans);
        return plans.length > 0;
      });
    }

    function firstParked(tenant: string, queue: string): Ask | undefined {
      for (const ask of waiting) if (ask.parked && wants(ask, tenant, queue)) return ask;
      return undefined;
    }

    function fetch(ask: Ask, plans: readonly Plan[]): void {
      ask.parked = false;
      ask.waitedMs = Math.min(ctx.clock.monotonic() - ask.arrivedAt, LIMITS.parkMs);
      inFlight += plans.length;
      const maxBytes = Math.max(1, Math.floor(ask.demand.maxBytes / plans.length));
      const grants = plans.map((plan) => grant(ask, plan, maxBytes));
      void Promise.all(grants).then((done) => ctx.result('granted', { ask, grants: done }));
    }

    async function grant({ demand }: Ask, plan: Plan, maxBytes: number): Promise<Grant> {
      const { deliveryLeaseMs } = bounds;
      try {
        const asked = { max: demand.max, maxBytes, deliveryLeaseMs, owner: demand.owner, nonce: nonce.of(plan.shard) };
        const reserved = await store.reserve({ ...plan, ...asked });
        storeAnswered();
        return { plan, reserved };
      } catch (error) {
        storeAnswered(error);
        return { plan, error };
      }
    }

    function learn({ plan, reserved }: Grant): void {
      for (const [place, { tenant, queue }] of plan.wants.entries()) ring.learn(tenant, queue, reserved?.left[place]);
    }

    async function look(shards: readonly number[]): Promise<void> {
      try {
        const pairs = await lookInto(store, shards, bounds.backlogPage, pages);
        ctx.result('looked', { pairs });
      } catch (error) {
        storeAnswered(error);
      }
    }

    /** A look at all that those who wait may want: now, and again and again while somebody waits. */
    function poll(): void {
      polling = waiting.size > 0;
      if (!polling) return;
      void look(shardsOf(waiting, store.shards)).then(() => ctx.after(jittered(ctx.random, lookMs), 'poll', null));
    }

    /** Work may be there of which the ring knows nothing: a named queue is simply tried, `*` is looked up. */
    function findOut(ask: Ask): void {
      if (ask.tenant === undefined) return;
      if (ask.demand.queues.includes('*')) void look([shardOf(ask.tenant, store.shards)]);
      else untried.add(ask);
    }

    return {
      want({ tenant, demand, answer: later }) {
        // nothing is fetched for an owner that ended: what was granted would be given back, and fetched again, without end
        if (leaving || ended.has(demand.owner)) {
          later.resolve({ jobs: [], deliveryLeaseMs: bounds.deliveryLeaseMs });
          return;
        }
        const whose = tenant === POOL ? undefined : tenant;
        if ((parkedOf.get(tenant) ?? 0) >= bounds.parkedPerTenant) {
          later.reject(new TiercelError('BUSY', { retryAfterMs: bounds.retryAfterMs }));
          return;
        }
        const ask: Ask = {
          tenant: whose,
          demand,
          answer: later,
          parked: true,
          due: demand.parkMs === 0,
          arrivedAt: ctx.clock.monotonic(),
          waitedMs: 0,
          stopWaiting: () => {},
        };
        if (!ask.due) ask.stopWaiting = ctx.after(demand.parkMs, 'expire', ask);
        park(ask);
        findOut(ask);
        pump();
        if (ask.due && ask.parked && waiting.has(ask)) endOrWait(ask);
        else if (!polling) poll();
      },

      hint(pairs) {
        for (const [tenant, queue, ready] of pairs) ring.add(tenant, queue, ready);
        pump();
      },

      coming({ batch, pairs }) {
        if (followed.size < MAX_FOLLOWED) followed.set(batch, follow(pairs));
      },

      came({ batch, pairs }) {
        const behind = followed.get(batch) ?? [];
        followed.delete(batch);
        for (const [tenant, queue, ready] of pairs)
          if (!behind.some((pair) => pair[0] === tenant && pair[1] === queue)) ring.add(tenant, queue, ready);
        pump();
      },

      granted({ ask, grants }) {
        inFlight -= grants.length;
        for (const each of grants) learn(each);
        const brought = grants.flatMap(({ reserved }) => (reserved && grantedBy(reserved) > 0 ? [reserved] : []));
        const kept = ended.has(ask.demand.owner) ? [] : withinReply(brought, ask.demand.maxBytes);
        if (kept.length < brought.length)
          void giveBack(store, brought.slice(kept.length)).then((pairs) => ctx.result('hint', pairs));
        const failed = grants.find(({ error }) => error !== undefined);
        ask.parked = true;
        if (kept.length === 0 && failed !== undefined) refuse(ask, asTiercelError(failed.error));
        else if (kept.length > 0 || ask.due) answer(ask, kept);
        pump();
        for (const each of inTurn) if (each.parked && inFlight < bounds.reservesInFlight) answer(each, []);
      },

      poll,

      looked({ pairs }) {
        for (const { tenant, queue, ready } of pairs) ring.set(tenant, queue, ready);
        pump();
      },

      expire(ask) {
        ask.due = true;
        if (ask.parked && waiting.has(ask)) answer(ask, []);
      },

      gone(owner) {
        if (ended.size >= MAX_ENDED) return;
        ended.add(owner);
        ctx.after(2 * LIMITS.parkMs, 'forget', owner);
        for (const ask of [...waiting]) {
          if (ask.demand.owner !== owner) continue;
          ask.due = true;
          if (ask.parked) answer(ask, []);
        }
      },

      forget(owner) {
        ended.delete(owner);
      },

      empty() {
        leaving = true;
        for (const ask of [...waiting]) {
          ask.due = true;
          if (ask.parked) answer(ask, []);
        }
      },
    };
  };

const wants = ({ tenant, demand: { queues } }: Ask, itsTenant: string, queue: string): boolean =>
  (tenant === undefined || tenant === itsTenant) && (queues.includes('*') || queues.includes(queue));

/** As many, from the first, as were asked for in bytes: every shard gives one job at least, however large. */
function withinReply(brought: readonly Reserved[], maxBytes: number): readonly Reserved[] {
  let bytes = 0;
  const end = brought.findIndex((reserved, place) => {
    bytes += payloadBytesOf(reserved);
    return place > 0 && bytes > maxBytes;
  });
  return end === -1 ? brought : brought.slice(0, end);
}

const payloadBytesOf = (reserved: Reserved): number =>
  reserved.packed?.payloadBytes ?? reserved.jobs.reduce((bytes, { payload }) => bytes + payload.length, 0);

/** In one reply; what is packed is not opened. */
const together = (kept: readonly Reserved[]): Pick<ReserveReply, 'jobs' | 'packed'> =>
  kept.some(({ packed }) => packed)
    ? { jobs: [], packed: kept.map((reserved) => reserved.packed ?? packJobs(reserved.jobs)) }
    : { jobs: kept.flatMap(({ jobs }) => jobs) };

/**
 * Puts jobs nobody has seen back to the head of their queues, unspent, the last first so that they stand as they stood; when that
 * fails their delivery lease runs out. Returns where they are.
 */
async function giveBack(store: JobStore, brought: readonly Reserved[]): Promise<Hint> {
  const jobs = brought.flatMap((reserved) => reserved.jobs);
  const release = { outcome: 'release', delayMs: 0, spend: false, lost: false, head: true, reason: '' } as const;
  const backwards = [...jobs].reverse();
  await store.settle(backwards.map(({ tenant, id, token }) => ({ tenant, id, token, ...release }))).catch(() => []);
  return jobs.map(({ tenant, queue }) => [tenant, queue, 1] as const);
}

function shardsOf(asks: Iterable<Ask>, shards: number): readonly number[] {
  const touched = new Set<number>();
  for (const { tenant } of asks) {
    if (tenant === undefined) return Array.from({ length: shards }, (_, shard) => shard);
    touched.add(shardOf(tenant, shards));
  }
  return [...touched];
}

/** Where the next look into a shard begins, when the last one did not come to its end. */
type Pages = Map<number, Pick<ReadyPair, 'tenant' | 'queue'>>;

/** One page of each shard, and the one behind it at the next look, so that nobody stands behind the first page for ever. */
async function lookInto(store: JobStore, shards: readonly number[], limit: number, pages: Pages): Promise<readonly ReadyPair[]> {
  const found = await Promise.all(
    shards.map(async (shard) => {
      const after = pages.get(shard);
      const pairs = await store.backlog(shard, { queue: '', limit, ...(after && { after }) });
      const last = pairs.at(-1);
      if (last !== undefined && pairs.length >= limit) pages.set(shard, { tenant: last.tenant, queue: last.queue });
      else pages.delete(shard);
      return pairs;
    }),
  );
  return found.flat();
}

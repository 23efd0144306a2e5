import type { Actor, Clock, Later } from '@tiercel/actors';
import {
  type BrokerProtocol,
  checksumOf,
  DEFAULTS,
  type Demand,
  encodeData,
  type LeasedJob,
  type NewJob,
  type ReserveReply,
  type Settlement,
  settlementsOf,
} from '@tiercel/protocol';
import { type JobStore, openMemoryStore } from '@tiercel/store';

export const TENANT = 'acme';
const POLL_MS = 20;

/** What a test may want of a broker besides its contract. */
export interface TestBroker {
  readonly store: JobStore;
  readonly actor: Actor<BrokerProtocol>;
  /** Asks by kind, with their bodies. */
  readonly asks: { readonly kind: string; readonly body: unknown }[];
  /** Throws to refuse an ask, before it has done anything. */
  onAsk: (kind: string, body: unknown) => void;
  enqueue(...jobs: NewJob[]): Promise<void>;
  /** Takes back what ended, and what is due. */
  sweep(gone?: string): Promise<void>;
  view(id: string): Promise<NonNullable<Awaited<ReturnType<JobStore['find']>>[number]>>;
}

/** One shard of the memory store behind the broker's contract: enough to reserve, extend and settle, with real parking. */
export function testBroker(clock: Clock, deliveryLeaseMs = 5_000): TestBroker {
  const store = openMemoryStore({ clock, shards: 1 });
  const broker: TestBroker = {
    store,
    asks: [],
    onAsk: () => {},
    async enqueue(...jobs) {
      await store.enqueue(jobs.map((job) => ({ ...job, tenant: TENANT })));
    },
    async sweep(gone) {
      await store.promote(0, 1_000);
      await store.reap(0, 1_000, gone === undefined ? undefined : { owners: [{ owner: gone, reason: 'GONE' }], cursor: '' });
    },
    async view(id) {
      const [view] = await store.find(TENANT, [id], { payload: false });
      if (!view) throw new Error(`no job ${id}`);
      return view;
    },
    actor: (ctx) => {
      const heard = (kind: string, body: unknown): void => {
        broker.asks.push({ kind, body });
        broker.onAsk(kind, body);
      };
      const serve = async (demand: Demand, since: number, answer: Later<ReserveReply>): Promise<void> => {
        const parkedMs = ctx.clock.monotonic() - since;
        const jobs = await reserve(store, demand, deliveryLeaseMs);
        if (jobs.length > 0 || parkedMs >= demand.parkMs)
          answer.resolve({ jobs, deliveryLeaseMs: deliveryLeaseMs + Math.floor(parkedMs) });
        else ctx.clock.after(POLL_MS, () => void serve(demand, since, answer));
      };
      const settleAndReserve = async (demand: Demand, settlements: readonly Settlement[]): Promise<ReserveReply> => {
        const verdicts = await store.settle(settlements);
        return { jobs: await reserve(store, demand, deliveryLeaseMs), deliveryLeaseMs, verdicts };
      };
      return {
        reserve(demand) {
          const { settlements, acks, ...rest } = demand;
          const told = settlements && settlementsOf({ settlements, acks });
          heard('reserve', told ? { ...rest, settlements: told } : rest);
          if (told) return settleAndReserve(demand, told);
          const answer = ctx.later<ReserveReply>();
          void serve(demand, ctx.clock.monotonic(), answer);
          return answer;
        },
        async extend(batch) {
          heard('extend', batch);
          return { verdicts: await store.extend(batch.leases) };
        },
        async settle(batch) {
          const settlements = settlementsOf(batch);
          heard('settle', { settlements });
          return { verdicts: await store.settle(settlements) };
        },
        enqueue: () => ctx.refuse('NOT_SUPPORTED'),
        find: () => ctx.refuse('NOT_SUPPORTED'),
        list: () => ctx.refuse('NOT_SUPPORTED'),
        cancel: () => ctx.refuse('NOT_SUPPORTED'),
        revive: () => ctx.refuse('NOT_SUPPORTED'),
        forget: () => ctx.refuse('NOT_SUPPORTED'),
        queues: () => ctx.refuse('NOT_SUPPORTED'),
        control: () => ctx.refuse('NOT_SUPPORTED'),
        settings: () => ctx.refuse('NOT_SUPPORTED'),
        purge: () => ctx.refuse('NOT_SUPPORTED'),
        counters: () => ctx.refuse('NOT_SUPPORTED'),
        quarantined: () => ctx.refuse('NOT_SUPPORTED'),
        backlog: () => ctx.refuse('NOT_SUPPORTED'),
      };
    },
  };
  return broker;
}

async function reserve(store: JobStore, { max, maxBytes, owner }: Demand, deliveryLeaseMs: number): Promise<readonly LeasedJob[]> {
  const pairs = await store.backlog(0, { queue: '', limit: 100 });
  if (pairs.length === 0) return [];
  const wants = pairs.map(({ tenant, queue }) => ({ tenant, queue, max }));
  const reserved = await store.reserve({
    shard: 0,
    wants,
    max,
    maxBytes,
    deliveryLeaseMs,
    owner,
    nonce: 'aaaaaaaa',
  });
  return reserved.jobs;
}

let made = 0;

/** A job on queue `work`; what the rule does not mention is defaulted. */
export function aJob({ data = null, ...given }: Partial<NewJob> & { data?: unknown } = {}): NewJob {
  const payload = encodeData(data);
  const id = `job-${++made}`;
  const job = {
    id,
    generated: false,
    queue: 'work',
    name: 'Work',
    payload,
    encoding: 'msgpack' as const,
    delayMs: 0,
    atMs: 0,
    ttlMs: 0,
    ...DEFAULTS,
    ...given,
  };
  return { ...pickNew(job), checksum: given.checksum ?? checksumOf({ ...job, tenant: TENANT }) };
}

function pickNew<T extends object>(job: T): Omit<T, 'deliveryLeaseMs'> {
  const { deliveryLeaseMs: _unused, ...rest } = job as T & { deliveryLeaseMs: number };
  return rest;
}

/** The same job as a reserve hands it out. */
export function aLeasedJob(given: Parameters<typeof aJob>[0] = {}, lease: Partial<LeasedJob> = {}): LeasedJob {
  const job = aJob(given);
  const token = (++made).toString(16).padStart(24, '0');
  return { ...job, tenant: TENANT, token, originQueue: job.queue, attempt: 1, spent: 0, lostLeases: 0, createdAtMs: 0, ...lease };
}

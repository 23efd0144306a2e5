import { type Log, type Ref, silentLog, sleep } from '@tiercel/actors';
import { createTestKit, type TestKit } from '@tiercel/actors/testing';
import {
  type BrokerProtocol,
  brokerCodec,
  brokerPath,
  checksumOf,
  DEFAULTS,
  type Demand,
  encodeData,
  LIMITS,
  type NewJob,
  POOL,
  type SysProtocol,
  sysCodec,
  sysPath,
  TiercelError,
} from '@tiercel/protocol';
import { type JobStore, openMemoryStore, type StoreStatus } from '@tiercel/store';
import type { Bounds } from './bounds.js';
import { type Broker, type BrokerOptions, createBroker } from './broker.js';

/** What a test may do to the storage behind the brokers, and see of it. */
export interface Tap {
  readonly calls: Map<string, number>;
  /** Every call fails. */
  down: boolean;
  /** Only these fail. */
  readonly failing: Set<string>;
  /** What answers a verb instead of the storage. */
  readonly instead: Map<string, (...given: never[]) => unknown>;
  /** How long an answer is on its way, after the call took effect. */
  answerMs: number;
  /** What the storage says of itself beside what it does. */
  status: Partial<StoreStatus>;
}

export interface Situation {
  readonly brokers?: readonly string[];
  readonly shards?: number;
  readonly bounds?: Partial<Bounds>;
  readonly seed?: number;
  /** By how much the clock of the storage is behind everybody else's. */
  readonly storeBehindMs?: number;
  /** How often the storage wants to be looked into. */
  readonly lookMs?: number;
  readonly log?: Log;
  readonly observe?: BrokerOptions['observe'];
}

export type Scene = Awaited<ReturnType<typeof setup>>;

/** Brokers on nodes of their own with one memory store behind them, and a worker's node to ask them from. */
export async function setup({
  brokers = ['broker-1'],
  shards = 4,
  bounds = {},
  seed = 1,
  storeBehindMs = 0,
  lookMs,
  log = silentLog,
  observe,
}: Situation = {}) {
  const kit = createTestKit({ seed });
  const memory = openMemoryStore({ clock: { now: () => kit.clock.now() - storeBehindMs }, shards });
  const tap: Tap = { calls: new Map(), down: false, failing: new Set(), instead: new Map(), answerMs: 0, status: {} };
  const store = tapped(lookMs === undefined ? memory : { ...memory, lookMs }, tap, kit);
  const started: Broker[] = [];
  for (const name of brokers) {
    const system = kit.system(name);
    const options = { system, store, namespace: 'test', name, clock: kit.clockOf(name), log, bounds, ...(observe && { observe }) };
    void createBroker(options).then((broker) => started.push(broker));
    await kit.settle();
  }
  const here = kit.system('worker');

  return {
    kit,
    /** The storage itself, past the tap. */
    memory,
    tap,
    brokers: started,
    reserves: () => tap.calls.get('reserve') ?? 0,
    of: (tenant: string): Ref<BrokerProtocol> => here.ref<BrokerProtocol>(brokerPath('test', tenant), brokerCodec),
    pool: here.ref<BrokerProtocol>(brokerPath('test', POOL), brokerCodec),
    sys: here.ref<SysProtocol>(sysPath('test', 'brokers'), sysCodec),
    /** What the promise has become once `ms` have passed. Throws when it is still pending then. */
    async after<T>(ms: number, promise: Promise<T>): Promise<T> {
      promise.catch(() => {});
      await kit.advance(ms);
      return Promise.race([promise, Promise.reject(new Error(`still pending after ${ms} ms`))]);
    },
    /** Whether the promise is still pending now. */
    async pending(promise: Promise<unknown>): Promise<boolean> {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      promise.then(settle, settle);
      await kit.settle();
      return !settled;
    },
  };
}

function tapped(store: JobStore, tap: Tap, kit: TestKit): JobStore {
  return new Proxy(store, {
    get(target, verb: string) {
      if (verb === 'status') return { ...target.status, ...tap.status };
      const value = tap.instead.get(verb) ?? target[verb as keyof JobStore];
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) => {
        tap.calls.set(verb, (tap.calls.get(verb) ?? 0) + 1);
        if (tap.down || tap.failing.has(verb)) throw new TiercelError('STORAGE_UNAVAILABLE');
        const answer = await (value as (...given: unknown[]) => Promise<unknown>).apply(target, given);
        if (tap.answerMs > 0) await sleep(kit.clock, tap.answerMs);
        return answer;
      };
    },
  });
}

let made = 0;

/** A job of a tenant with every field filled in. */
export function aJob(tenant: string, told: Partial<NewJob> = {}): NewJob & { readonly tenant: string } {
  const { attempts, priority, leaseMs, timeoutMs, backoffMs, backoffMaxMs } = DEFAULTS;
  const base = {
    id: `job-${++made}`,
    tenant,
    queue: 'mail',
    name: 'Send',
    payload: encodeData({}),
    encoding: 'msgpack' as const,
    ...told,
  };
  const rest = { attempts, priority, leaseMs, timeoutMs, backoffMs, backoffMaxMs, generated: false, delayMs: 0, atMs: 0, ttlMs: 0 };
  return { ...rest, ...base, checksum: checksumOf(base) };
}

export const someJobs = (count: number, tenant: string, told: Partial<NewJob> = {}) =>
  Array.from({ length: count }, () => aJob(tenant, told));

export const aDemand = (told: Partial<Demand> = {}): Demand => ({
  queues: ['mail'],
  max: 10,
  maxBytes: LIMITS.batchBytes,
  owner: 'worker-1',
  parkMs: 10_000,
  ...told,
});

/** Patience longer than any park. */
export const LONG = { timeoutMs: 30_000 };

import type { Behavior } from '@tiercel/actors';
import { createTestKit, type TestKit } from '@tiercel/actors/testing';
import { type BrokerProtocol, brokerCodec, brokerPath, everyTenant, type JobView, jobsOf, type NewJob } from '@tiercel/protocol';
import { expect } from 'vitest';
import { type Client, createClient } from './client.js';
import type { ClientParts } from './tenant-client.js';

/** A broker of which a test says only the verbs it is about. */
export type Answers = Partial<Behavior<BrokerProtocol>>;

export interface Scene {
  readonly kit: TestKit;
  readonly client: Client;
  /** Batches of jobs as they arrived at the broker, and on which subject. */
  readonly batches: { readonly subject: string; readonly jobs: readonly NewJob[] }[];
  /** What the promise becomes, once `ms` have passed. */
  after<T>(ms: number, promise: Promise<T>): Promise<T>;
}

/** A client and a broker that stores everything unless told otherwise, on two nodes of a virtual network. */
export async function setup(
  answers: Answers = {},
  options: Pick<ClientParts, 'askMs' | 'inFlight' | 'retryForMs'> = {},
): Promise<Scene> {
  const kit = createTestKit();
  const batches: Scene['batches'] = [];
  const broker: Behavior<BrokerProtocol> = {
    enqueue: ({ jobs }) => ({ verdicts: jobs.map(() => ({ code: 'OK', state: 'ready' })), durability: 'memory' }),
    reserve: () => ({ jobs: [], deliveryLeaseMs: 1 }),
    extend: () => ({ verdicts: [] }),
    settle: () => ({ verdicts: [] }),
    find: ({ ids }) => ({ jobs: ids.map(() => null) }),
    list: () => ({ jobs: [], cursor: '' }),
    cancel: ({ ids }) => ({ verdicts: ids.map(() => ({ code: 'NOT_FOUND', state: '' })) }),
    revive: ({ ids }) => ({ verdicts: ids.map(() => ({ code: 'NOT_FOUND', state: '' })) }),
    forget: ({ ids }) => ({ verdicts: ids.map(() => ({ code: 'NOT_FOUND', state: '' })) }),
    queues: () => ({ queues: [] }),
    control: () => ({}),
    settings: () => ({ settings: [] }),
    purge: () => ({ removed: 0, more: false }),
    counters: () => ({ counters: [] }),
    quarantined: () => ({ records: [], cursor: '' }),
    backlog: () => ({ pairs: [], cursor: '' }),
    ...answers,
  };
  const enqueue = broker.enqueue;
  const recording: Behavior<BrokerProtocol> = {
    ...broker,
    enqueue(batch, sender) {
      const jobs = jobsOf(batch);
      batches.push({ subject: sender.subject, jobs });
      return enqueue({ jobs }, sender);
    },
  };
  const there = kit.system('broker');
  await there.serve(everyTenant('test'), there.spawn<BrokerProtocol>({ name: 'broker', actor: () => recording }), brokerCodec);
  const here = kit.system('client');
  const client = createClient({
    broker: (tenant) => here.ref<BrokerProtocol>(brokerPath('test', tenant), brokerCodec),
    clock: kit.clockOf('client'),
    random: kit.random,
    ...options,
  });
  return {
    kit,
    client,
    batches,
    async after(ms, promise) {
      promise.catch(() => {});
      await kit.advance(ms);
      return promise;
    },
  };
}

export const aView = (told: Partial<JobView> = {}): JobView => ({
  id: 'job-1',
  tenant: 'acme',
  queue: 'mail',
  name: 'HelloWorld',
  state: 'ready',
  attempt: 0,
  spent: 0,
  attempts: 5,
  undelivered: 0,
  lostLeases: 0,
  priority: 5,
  cancelRequested: false,
  createdAtMs: 0,
  atMs: 0,
  owner: '',
  reason: '',
  encoding: 'msgpack',
  ...told,
});

export const HELLO = { queue: 'mail', name: 'HelloWorld', data: { foo: 'bar' } } as const;
export const thrown = (code: string, facts: object = {}) =>
  expect.objectContaining({ name: 'TiercelError', code, facts: expect.objectContaining(facts) });

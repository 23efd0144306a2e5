import { silentLog } from '@tiercel/actors';
import { createTestKit } from '@tiercel/actors/testing';
import {
  type BrokerProtocol,
  brokerCodec,
  brokerPath,
  type ExtendCode,
  type HeldProtocol,
  heldCodec,
  heldPath,
  type LeaseRef,
  nonceOf,
  POOL,
  type SettleCode,
  type Settlement,
} from '@tiercel/protocol';
import { type JobStore, openMemoryStore } from '@tiercel/store';
import { expect, test } from 'vitest';
import { type Bounds, type Broker, createBroker } from './index.js';
import { aDemand, LONG, someJobs } from './setup.test.kit.js';

const BROKERS = ['one', 'two'] as const;

/** An opening of a storage in which a lease is ended by whoever granted it, and by nobody else. */
function opening(memory: JobStore): JobStore & { readonly settled: Settlement[]; readonly granted: ReadonlySet<string> } {
  const granted = new Set<string>();
  const settled: Settlement[] = [];
  const ofOwn = async <T extends LeaseRef, C>(items: readonly T[], act: (own: readonly T[]) => Promise<readonly C[]>, lost: C) => {
    const own = items.filter(({ token }) => granted.has(token));
    const codes = await act(own);
    return items.map((item) => (own.includes(item) ? (codes[own.indexOf(item)] as C) : lost));
  };
  return {
    ...memory,
    capabilities: { ...memory.capabilities, sharedLeases: false },
    settled,
    granted,
    async reserve(request) {
      const reserved = await memory.reserve(request);
      for (const { token } of reserved.jobs) granted.add(token);
      return reserved;
    },
    extend: (batch) => ofOwn<(typeof batch)[number], ExtendCode>(batch, memory.extend, 'LEASE_LOST'),
    settle: (batch) => {
      settled.push(...batch);
      return ofOwn<Settlement, SettleCode>(batch, memory.settle, 'LEASE_LOST');
    },
  };
}

/** Two brokers, and a worker that asks each by itself or whichever answers. */
async function setup(bounds: Partial<Bounds> = {}) {
  const kit = createTestKit();
  const memory = openMemoryStore({ clock: kit.clock, shards: 1 });
  const stores = BROKERS.map(() => opening(memory));
  const brokers: Broker[] = [];
  for (const [place, name] of BROKERS.entries()) {
    const parts = { system: kit.system(name), clock: kit.clockOf(name), log: silentLog, bounds };
    void createBroker({ ...parts, store: stores[place]!, namespace: 'test', name }).then((broker) => brokers.push(broker));
    await kit.settle();
  }
  const worker = kit.system('worker');
  const pool = worker.ref<BrokerProtocol>(brokerPath('test', POOL), brokerCodec);
  const after = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
    promise.catch(() => {});
    await kit.advance(ms);
    return Promise.race([promise, Promise.reject(new Error(`still pending after ${ms} ms`))]);
  };
  await memory.enqueue(someJobs(8, 'acme'));
  const leases = [];
  while (new Set(leases.map(({ token }) => nonceOf(token))).size < BROKERS.length || leases.length < 8) {
    const { jobs } = await after(50, pool.ask('reserve', aDemand({ max: 1 }), LONG));
    leases.push(...jobs);
    if (jobs.length === 0) await memory.enqueue(someJobs(4, 'acme'));
  }
  const nonces = [...new Set(leases.map(({ token }) => nonceOf(token)))];
  return {
    ...{ kit, memory, stores, brokers, pool, worker, after, leases },
    settle: (settlements: readonly Settlement[]) => pool.ask('settle', { settlements }, LONG),
    nonces,
    /** Whether the first broker granted it. */
    ofFirst: ({ token }: LeaseRef) => stores[0]!.granted.has(token),
  };
}

const ack = ({ tenant, id, token }: LeaseRef): Settlement => ({ tenant, id, token, outcome: 'ack' });

test('a batch is settled and extended whichever broker it comes to, with one verdict for each lease, in order', async () => {
  const { pool, after, leases, settle } = await setup();
  const known = leases.slice(0, 8);

  const batch = known.map(({ tenant, id, token }) => ({ tenant, id, token, leaseMs: 20_000 }));
  expect((await after(50, pool.ask('extend', { leases: batch }, LONG))).verdicts).toEqual(known.map(() => 'OK'));
  const stale = { ...known[0]!, token: known[0]!.token.replace(/^./, 'f') };
  const settlements = [stale, ...known].map(ack);
  expect((await after(50, settle(settlements))).verdicts).toEqual(['LEASE_LOST', ...known.map(() => 'OK')]);
  expect((await after(50, settle(settlements))).verdicts).toEqual(['LEASE_LOST', ...known.map(() => 'OK_ALREADY')]);
});

test('what is passed on is not passed on again', async () => {
  const { worker, after, leases, nonces, stores } = await setup();
  const theirs = leases.find(({ token }) => nonceOf(token) !== nonces[0])!;
  const seen = stores.map(({ settled }) => settled.length);

  const held = worker.ref<HeldProtocol>(heldPath('test', nonces[0]!), heldCodec);
  const asked = held.ask('settle', { settlements: [ack(theirs)] }, LONG);

  expect((await after(50, asked)).verdicts).toEqual(['LEASE_LOST']);
  expect(stores.map(({ settled }, place) => settled.length - seen[place]!).sort()).toEqual([0, 1]);
});

test('leases of a broker that is gone are lost, the others of the batch are settled', async () => {
  const { kit, after, leases, settle, ofFirst } = await setup();

  kit.kill('one');

  const { verdicts } = await after(100, settle(leases.map(ack)));
  expect(verdicts).toEqual(leases.map((lease) => (ofFirst(lease) ? 'LEASE_LOST' : 'OK')));
});

test('one that does not answer may have done it or not, so the batch is asked for again', async () => {
  const { kit, after, leases, settle, ofFirst } = await setup({ passOnMs: 500 });
  kit.cut('one', 'two');
  const both = [leases.find(ofFirst)!, leases.find((lease) => !ofFirst(lease))!].map(ack);

  await expect(after(600, settle(both))).rejects.toMatchObject({ code: 'NO_ANSWER' });
  kit.heal();

  const { verdicts } = await after(50, settle(both));
  expect([...verdicts].sort()).toEqual(['OK', 'OK_ALREADY']);
});

test('more batches than may be passed on are refused before anything is done', async () => {
  const { after, leases, settle, stores, ofFirst } = await setup({ passedOn: 0 });
  const seen = stores.flatMap(({ settled }) => settled).length;

  const both = [leases.find(ofFirst)!, leases.find((lease) => !ofFirst(lease))!].map(ack);

  await expect(after(50, settle(both))).rejects.toMatchObject({ code: 'BUSY', facts: { retryAfterMs: 100 } });
  expect(stores.flatMap(({ settled }) => settled).length).toBe(seen);
});

test('a batch of leases of more brokers than there can be is refused', async () => {
  const { after, leases, settle } = await setup();
  const made = Array.from({ length: 66 }, (_, at) => ack({ ...leases[0]!, token: `${'0'.repeat(16)}${`${at}`.padStart(8, '0')}` }));

  await expect(after(50, settle(made))).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE' });
});

test('a broker that stops waits for the leases that only it can end, and for no longer than it may', async () => {
  const { kit, memory, after, brokers, leases, settle, pool } = await setup({ heldMs: 3_000 });
  const [first, second] = brokers;

  const stopped = first!.stop();
  await kit.advance(20);
  const { verdicts } = await after(100, settle(leases.map(ack)));
  expect(verdicts).toEqual(leases.map(() => 'OK'));
  await after(100, stopped);

  await memory.enqueue(someJobs(1, 'acme'));
  await after(1_300, pool.ask('reserve', aDemand(), LONG));
  const over = second!.stop();
  await expect(after(2_900, over)).rejects.toThrow('pending');
  await kit.advance(200);
  await over;
});

test('a lease of a tenant is passed on for nobody else', async () => {
  const { worker, after, leases } = await setup();
  const globex = worker.ref<BrokerProtocol>(brokerPath('test', 'globex'), brokerCodec);

  const asked = globex.ask('settle', { settlements: [ack(leases[0]!)] }, LONG);

  await expect(after(50, asked)).rejects.toMatchObject({ code: 'FOREIGN_TENANT' });
});

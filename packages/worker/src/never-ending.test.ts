import { NEVER_MS } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { aJob, type testBroker } from './broker.test.kit.js';
import { deferred, forEver, setup, untilAborted } from './setup.test.kit.js';

const HOUR = 3_600_000;
/** A job whose lease never ends by itself. */
const aLasting = (given: Parameters<typeof aJob>[0] = {}) => aJob({ leaseMs: 0, timeoutMs: 5 * HOUR, ...given });
const asked = (broker: ReturnType<typeof testBroker>, wanted: string) => broker.asks.filter(({ kind }) => kind === wanted);

test('a lease that never ends is extended once and then left alone until its job is done', async () => {
  const gate = deferred();
  const job = aLasting();
  const { broker, worker, runs, advance } = await setup({ jobs: [job], work: () => gate.promise });

  await advance(2_000);
  expect(await broker.view(job.id)).toMatchObject({ state: 'leased', atMs: NEVER_MS });
  await advance(HOUR);
  await broker.sweep();
  gate.resolve();
  await advance(100);

  expect(asked(broker, 'extend')).toHaveLength(1);
  expect(runs).toHaveLength(1);
  expect(worker.counters).toMatchObject({ acked: 1, lost: 0 });
});

test('a job whose lease never ends outlives a broker that is away for long', async () => {
  const gate = deferred();
  const job = aLasting();
  const { kit, broker, worker, runs, advance } = await setup({ jobs: [job], work: () => gate.promise });
  await advance(2_000);

  kit.cut('worker', 'broker');
  gate.resolve();
  await advance(HOUR);
  kit.heal();
  await advance(3_000);

  expect(runs[0]?.signal.aborted).toBe(false);
  expect(await broker.view(job.id)).toMatchObject({ state: 'completed' });
  expect(worker.counters).toMatchObject({ acked: 1, lost: 0 });
});

test('beside it, leases that do end are extended as ever', async () => {
  const jobs = [aLasting(), aJob({ leaseMs: 3_000, timeoutMs: HOUR })];
  const { broker, worker, advance } = await setup({ jobs, work: forEver });

  for (let at = 0; at < 30; at++) {
    await advance(1_000);
    await broker.sweep();
  }

  const extended = asked(broker, 'extend').map(({ body }) => (body as { leases: unknown[] }).leases.length);
  expect(Math.max(...extended.slice(1))).toBe(1);
  expect(worker.counters.lost).toBe(0);
});

test('an extend that is applied and whose answer is lost leaves no job behind that nobody could have', async () => {
  const job = aLasting({ backoffMs: 0 });
  let left = 1;
  const work = (input: Parameters<typeof untilAborted>[0]) => (left-- > 0 ? untilAborted(input) : 'done');
  const { kit, broker, runs, advance } = await setup({ jobs: [job], work });
  let applied = false;
  kit.hub.onDeliver(({ kind, subject }) => {
    if (!subject.includes('.extend.')) return [1];
    if (kind === 'reply' || applied) return [];
    applied = true;
    return [1];
  });

  await advance(4_600);
  expect(runs[0]?.signal.reason).toMatchObject({ reason: 'lease-lost' });
  await advance(2_000);
  await broker.sweep();
  await advance(2_000);

  expect(await broker.view(job.id)).toMatchObject({ state: 'completed', attempt: 2, spent: 1 });
});

test('a doubtful job whose extend is not answered is handed back, since its lease may never end', async () => {
  const job = aLasting();
  const { kit, broker, runs, advance } = await setup();
  await comeBackOnce(broker, job);
  let applied = false;
  kit.hub.onDeliver(({ kind, subject }) => {
    if (!subject.includes('.extend.')) return [1];
    if (kind === 'reply' && !applied) {
      applied = true;
      return [];
    }
    return kind === 'request' && applied ? [] : [1];
  });

  await advance(5_200);

  expect(applied).toBe(true);
  expect(runs).toEqual([]);
  expect(await broker.view(job.id)).toMatchObject({ spent: 0, lostLeases: 0, reason: expect.stringMatching(/^RELEASED/) });
});

/** Lets a job be delivered once to nobody. */
async function comeBackOnce(broker: ReturnType<typeof testBroker>, job: ReturnType<typeof aJob>): Promise<void> {
  const want = { tenant: 'acme', queue: 'work', max: 1 };
  await broker.enqueue(job);
  const bounds = { shard: 0, max: 1, maxBytes: 1_000, deliveryLeaseMs: 5_000, nonce: 'bbbbbbbb' };
  await broker.store.reserve({ ...bounds, wants: [want], owner: 'dead' });
  await broker.sweep('dead');
}

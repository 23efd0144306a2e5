import { expect } from 'vitest';
import { aJob, numbered, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, type Scene } from '../setup.js';

const LEASE_MS = 1_000;
const FLOOR_MS = 10_000;
const RETENTION = { keepAtLeastMs: FLOOR_MS, finishedMs: 60_000, finishedMax: 100, deadMs: 90_000, deadMax: 100 };
/** Nothing is kept longer than it must be. */
const NOTHING = { keepAtLeastMs: FLOOR_MS, finishedMs: 0, finishedMax: 0, deadMs: 0, deadMax: 0 };

export function retentionRules({ setup, needing }: Kit): void {
  const rule = needing('listing');

  rule('a finished job is forgotten at its age and not a millisecond before', async () => {
    const scene = await setup({ jobs: [aJob({ leaseMs: LEASE_MS })], retention: RETENTION });
    await ackAll(scene);

    scene.clock.advance(59_999);
    expect(await scene.prune()).toMatchObject({ moved: 0, ready: [], nextInMs: 1 });
    scene.clock.advance(1);

    expect(await scene.prune()).toMatchObject({ moved: 1, ready: [], nextInMs: undefined });
    expect(await scene.look()).toBeNull();
    expect(await scene.store.queues(TENANT)).toEqual([]);
  });

  rule('cancelled and expired jobs are kept like completed ones', async () => {
    const { store, clock, drain, prune, look } = await setup({
      jobs: [aJob({ id: 'c', leaseMs: LEASE_MS }), aJob({ id: 'e', leaseMs: LEASE_MS, ttlMs: 1 })],
      retention: RETENTION,
    });
    await store.cancel(TENANT, ['c']);
    clock.advance(1);
    await drain();

    clock.advance(59_999);
    expect(await prune()).toMatchObject({ moved: 1, nextInMs: 1 });

    expect(await look('c')).toBeNull();
    expect(await look('e')).toMatchObject({ state: 'expired' });
  });

  rule('jobs beyond the count are forgotten before their age, the oldest first', async () => {
    const scene = await setup({ jobs: someJobs(numbered(5), { leaseMs: LEASE_MS }), retention: { ...RETENTION, finishedMax: 3 } });
    await ackAll(scene);

    scene.clock.advance(FLOOR_MS);

    expect(await scene.prune()).toMatchObject({ moved: 2, nextInMs: 50_000 });
    expect(await kept(scene, numbered(5))).toEqual(['job-3', 'job-4', 'job-5']);
  });

  rule('no count forgets a job sooner than the floor', async () => {
    const scene = await setup({ jobs: [aJob({ leaseMs: LEASE_MS })], retention: NOTHING });
    await ackAll(scene);

    scene.clock.advance(FLOOR_MS - 1);
    expect(await scene.prune()).toMatchObject({ moved: 0, nextInMs: 1 });

    scene.clock.advance(1);
    expect(await scene.prune()).toMatchObject({ moved: 1 });
  });

  rule('no bound forgets a job sooner than twice its lease', async () => {
    const scene = await setup({ jobs: [aJob({ leaseMs: FLOOR_MS })], retention: NOTHING });
    await ackAll(scene);

    scene.clock.advance(2 * FLOOR_MS - 1);
    expect(await scene.prune()).toMatchObject({ moved: 0, nextInMs: 1 });

    scene.clock.advance(1);
    expect(await scene.prune()).toMatchObject({ moved: 1 });
  });

  needing('listing', 'fencing')('a repeated settle is recognised while nothing is kept longer than it must be', async () => {
    const { clock, reserveOne, ack, prune } = await setup({ jobs: [aJob({ leaseMs: LEASE_MS })], retention: NOTHING });
    const lease = await reserveOne();
    await ack(lease);

    clock.advance(FLOOR_MS - 1);
    await prune();
    expect(await ack(lease)).toBe('OK_ALREADY');

    clock.advance(1);
    await prune();
    expect(await ack(lease)).toBe('LEASE_LOST');
  });

  rule('a job that may not go yet shields those behind it', async () => {
    const scene = await setup({
      jobs: [aJob({ id: 'long', leaseMs: 3 * FLOOR_MS }), aJob({ id: 'short', leaseMs: LEASE_MS })],
      retention: NOTHING,
    });
    await ackAll(scene);

    scene.clock.advance(5 * FLOOR_MS);
    expect(await scene.prune()).toMatchObject({ moved: 0, nextInMs: FLOOR_MS });

    scene.clock.advance(FLOOR_MS);
    expect(await scene.prune()).toMatchObject({ moved: 2 });
  });

  rule('the count is of one queue of one tenant', async () => {
    const plain = { leaseMs: LEASE_MS };
    const scene = await setup({
      jobs: [aJob(plain), aJob({ ...plain, id: 'b', queue: 'bulk' }), aJob({ ...plain, tenant: 'globex' })],
      retention: { ...RETENTION, finishedMax: 1 },
    });
    await ackAll(scene, [aWant(), aWant({ queue: 'bulk' }), aWant({ tenant: 'globex' })]);

    scene.clock.advance(FLOOR_MS);

    expect(await scene.prune()).toMatchObject({ moved: 0 });
  });

  rule('dead jobs have an age and a count of their own', async () => {
    const scene = await setup({
      jobs: someJobs(numbered(3), { leaseMs: LEASE_MS }),
      retention: { ...RETENTION, finishedMax: 0, deadMax: 2 },
    });
    for (const _ of numbered(3)) await scene.bury(await scene.reserveOne());

    scene.clock.advance(FLOOR_MS);
    expect(await scene.prune()).toMatchObject({ moved: 1 });
    expect(await kept(scene, numbered(3))).toEqual(['job-2', 'job-3']);

    scene.clock.advance(80_000);
    expect(await scene.prune()).toMatchObject({ moved: 2, ready: [], nextInMs: undefined });
  });

  needing('listing', 'settings')('results are kept up to their bytes, the oldest forgotten first', async () => {
    const scene = await setup({
      jobs: someJobs(numbered(4), { leaseMs: LEASE_MS }),
      retention: { ...RETENTION, finishedBytes: 100 },
    });
    for (const bytes of [60, 40, 41, 0]) await scene.ack(await scene.reserveOne(), new Uint8Array(bytes));

    scene.clock.advance(FLOOR_MS);

    expect(await scene.prune()).toMatchObject({ moved: 1, nextInMs: 50_000 });
    expect(await kept(scene, numbered(4))).toEqual(['job-2', 'job-3', 'job-4']);
  });

  needing('listing', 'settings')('a sweep that its limit cuts short says that more is over the bytes', async () => {
    const scene = await setup({
      jobs: someJobs(numbered(10), { leaseMs: LEASE_MS }),
      retention: { ...RETENTION, finishedBytes: 400 },
    });
    for (const _ of numbered(10)) await scene.ack(await scene.reserveOne(), new Uint8Array(100));

    scene.clock.advance(FLOOR_MS);

    expect(await scene.prune(3)).toMatchObject({ moved: 3, nextInMs: 0 });
    expect(await scene.prune(3)).toMatchObject({ moved: 3, nextInMs: 50_000 });
  });

  needing('listing', 'settings')('dead letters are kept up to the bytes of their payloads, as their queue says', async () => {
    const payload = new Uint8Array(50);
    const scene = await setup({
      jobs: someJobs(numbered(3), { leaseMs: LEASE_MS, payload }),
      retention: { ...RETENTION, deadBytes: 1, finishedBytes: 0 },
    });
    await scene.control({ deadBytes: 149 });
    for (const _ of numbered(3)) await scene.bury(await scene.reserveOne());

    scene.clock.advance(FLOOR_MS);
    expect(await scene.prune()).toMatchObject({ moved: 1 });
    await scene.store.revive(TENANT, ['job-2']);
    await scene.control({ deadBytes: 49 });
    expect(await scene.prune()).toMatchObject({ moved: 1, nextInMs: undefined });
  });

  rule('a revived job is no longer pruned as dead, and those behind it move up', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b'], { leaseMs: LEASE_MS }), retention: RETENTION });
    await scene.bury(await scene.reserveOne());
    scene.clock.advance(10);
    await scene.bury(await scene.reserveOne());
    await scene.store.revive(TENANT, ['a']);

    scene.clock.advance(89_990);
    expect(await scene.prune()).toMatchObject({ moved: 0, nextInMs: 10 });
    scene.clock.advance(10);

    expect(await scene.prune()).toMatchObject({ moved: 1 });
    expect(await scene.look('a')).toMatchObject({ state: 'ready' });
  });

  rule('a sweep stops at its limit and says that more is due', async () => {
    const scene = await setup({ jobs: someJobs(numbered(5), { leaseMs: LEASE_MS }), retention: RETENTION });
    await ackAll(scene);

    scene.clock.advance(60_000);

    expect(await scene.prune(3)).toMatchObject({ moved: 3, nextInMs: 0 });
    expect(await scene.prune(3)).toMatchObject({ moved: 2, nextInMs: undefined });
  });

  needing('listing', 'delay')('what is not over is never pruned', async () => {
    const { clock, reserveOne, prune } = await setup({
      jobs: [...someJobs(['a', 'b']), aJob({ id: 'c', delayMs: 9 })],
      retention: NOTHING,
    });
    await reserveOne();

    clock.advance(365 * 86_400_000);

    expect(await prune()).toMatchObject({ moved: 0, ready: [], nextInMs: undefined });
  });

  rule('the id of a forgotten job is free, also for other contents', async () => {
    const scene = await setup({ jobs: [aJob({ leaseMs: LEASE_MS })], retention: NOTHING });
    await ackAll(scene);
    scene.clock.advance(FLOOR_MS);
    await scene.prune();

    expect(await scene.store.enqueue([aJob({ payload: Uint8Array.of(7) })])).toEqual([{ code: 'OK', state: 'ready' }]);

    expect(await scene.reserveOne()).toMatchObject({ attempt: 1 });
  });
}

/** One at a time, so that they finish in the order they are handed out. */
async function ackAll({ reserve, ack }: Scene, wants = [aWant()]): Promise<void> {
  for (const lease of (await reserve({ wants })).jobs) expect(await ack(lease)).toBe('OK');
}

async function kept({ store }: Scene, ids: readonly string[]): Promise<string[]> {
  return (await store.find(TENANT, ids, { payload: false })).flatMap((view) => view?.id ?? []);
}

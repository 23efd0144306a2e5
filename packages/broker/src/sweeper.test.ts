import type { GoneOwners } from '@tiercel/store';
import { describe, expect, test } from 'vitest';
import { aDemand, aJob, LONG, type Scene, setup, someJobs } from './setup.test.kit.js';

const stateOf = async ({ memory }: Scene, id: string) => (await memory.find('acme', [id], { payload: false }))[0]?.state;
const sweeps = ({ tap }: Scene) => tap.calls.get('promote') ?? 0;

test('a scheduled job becomes ready when it is due, although nobody waits and the poll is far off', async () => {
  const scene = await setup({ bounds: { pollMs: 60_000 } });
  await scene.kit.advance(80_000);
  const job = aJob('acme', { delayMs: 2_000 });
  await scene.after(10, scene.of('acme').ask('enqueue', { jobs: [job] }, LONG));
  await scene.kit.advance(1_980);
  expect(await stateOf(scene, job.id)).toBe('scheduled');
  await scene.kit.advance(25);
  expect(await stateOf(scene, job.id)).toBe('ready');
});

test('a job for a certain time becomes ready then, and one whose time has passed at once', async () => {
  const scene = await setup({ bounds: { pollMs: 60_000 } });
  await scene.kit.advance(80_000);
  const nowMs = scene.kit.clock.now();
  const [job, past] = [aJob('acme', { atMs: nowMs + 2_000 }), aJob('acme', { atMs: nowMs - 1 })];
  const asked = scene.of('acme').ask('enqueue', { jobs: [job, past] }, LONG);
  expect((await scene.after(10, asked)).verdicts).toEqual([
    { code: 'OK', state: 'scheduled' },
    { code: 'OK', state: 'ready' },
  ]);
  await scene.kit.advance(1_985);
  expect(await stateOf(scene, job.id)).toBe('scheduled');
  await scene.kit.advance(10);
  expect(await stateOf(scene, job.id)).toBe('ready');
});

test('a job for a certain time is on time also when the broker’s clock is ahead of the storage’s', async () => {
  const scene = await setup({ bounds: { pollMs: 60_000 }, storeBehindMs: 500 });
  await scene.kit.advance(80_000);
  const job = aJob('acme', { atMs: scene.kit.clock.now() - 500 + 300 });
  const asked = scene.of('acme').ask('enqueue', { jobs: [job] }, LONG);
  expect((await scene.after(10, asked)).verdicts).toEqual([{ code: 'OK', state: 'scheduled' }]);
  await scene.kit.advance(280);
  expect(await stateOf(scene, job.id)).toBe('scheduled');
  await scene.kit.advance(15);
  expect(await stateOf(scene, job.id)).toBe('ready');
});

test('the sooner of two jobs is not forgotten over the later', async () => {
  const scene = await setup({ bounds: { pollMs: 60_000 } });
  await scene.kit.advance(80_000);
  const jobs = [aJob('acme', { delayMs: 5_000 }), aJob('acme', { delayMs: 1_000 }), aJob('acme', { delayMs: 3_000 })];
  for (const job of jobs) await scene.after(5, scene.of('acme').ask('enqueue', { jobs: [job] }, LONG));
  await scene.kit.advance(1_010);
  expect(await Promise.all(jobs.map(({ id }) => stateOf(scene, id)))).toEqual(['scheduled', 'ready', 'scheduled']);
  await scene.kit.advance(2_010);
  expect(await Promise.all(jobs.map(({ id }) => stateOf(scene, id)))).toEqual(['scheduled', 'ready', 'ready']);
  await scene.kit.advance(2_000);
  expect(await stateOf(scene, jobs[0]!.id)).toBe('ready');
});

test('a job due while its shard is being swept is not missed', async () => {
  const scene = await setup({ shards: 1, bounds: { pollMs: 60_000 } });
  await scene.kit.advance(80_000);
  const [first, second] = [aJob('acme', { delayMs: 1_000 }), aJob('acme', { delayMs: 200 })];
  await scene.after(10, scene.of('acme').ask('enqueue', { jobs: [first!] }, LONG));
  await scene.kit.advance(980);
  scene.tap.answerMs = 500;
  void scene.of('acme').ask('enqueue', { jobs: [second!] }, LONG);
  await scene.kit.advance(2_000);
  expect(await stateOf(scene, second!.id)).toBe('ready');
});

test('a storage whose clock was set back is not swept without a pause until its time goes on', async () => {
  const scene = await setup({ shards: 1 });
  const job = aJob('acme', { delayMs: 2_000 });
  await scene.after(10, scene.of('acme').ask('enqueue', { jobs: [job] }, LONG));
  await scene.kit.advance(1_985);
  const before = sweeps(scene);
  scene.kit.clock.jump(-60_000);
  await scene.kit.advance(59_000);
  expect(sweeps(scene) - before).toBeLessThan(90);
  await scene.kit.advance(2_300);
  expect(await stateOf(scene, job.id)).toBe('ready');
});

test('more than one sweep moves are moved by the sweeps that follow at once', async () => {
  const scene = await setup({ shards: 1, bounds: { pollMs: 60_000, sweepLimit: 10 } });
  const jobs = someJobs(95, 'acme', { delayMs: 1_000 });
  await scene.after(10, scene.of('acme').ask('enqueue', { jobs }, LONG));
  await scene.kit.advance(1_010);
  expect(await scene.memory.queues('acme')).toMatchObject([{ ready: 95, scheduled: 0 }]);
});

test('shards that are swept at once share the limit, so that a storage hears others in between', async () => {
  const scene = await setup({ shards: 16, bounds: { pollMs: 60_000, sweepLimit: 160 } });
  const tenants = Array.from({ length: 200 }, (_, at) => `tenant-${at}`);
  await scene.memory.enqueue(tenants.flatMap((tenant) => someJobs(10, tenant, { delayMs: 59_000 })));
  scene.tap.answerMs = 1;
  const limits: number[] = [];
  scene.tap.instead.set('promote', (shard: number, limit: number) => {
    limits.push(limit);
    return scene.memory.promote(shard, limit);
  });

  await scene.kit.advance(130_000);

  expect(await readyOf(scene, tenants)).toBe(2_000);
  expect(limits).toContain(160);
  expect(Math.min(...limits)).toBeLessThanOrEqual(20);
});

const readyOf = async ({ memory }: Scene, tenants: readonly string[]): Promise<number> =>
  (await Promise.all(tenants.map((tenant) => memory.queues(tenant)))).flat().reduce((sum, { ready }) => sum + ready, 0);

test('a lease that nobody extends comes back within a poll of its end', async () => {
  const scene = await setup({ bounds: { pollMs: 1_000, deliveryLeaseMs: 5_000 } });
  const job = aJob('acme');
  await scene.memory.enqueue([job]);
  await scene.after(10, scene.pool.ask('reserve', aDemand(), LONG));
  await scene.kit.advance(4_980);
  expect(await stateOf(scene, job.id)).toBe('leased');
  await scene.kit.advance(1_240);
  expect(await stateOf(scene, job.id)).toBe('ready');
});

describe('a worker known to have ended', () => {
  test('has its leases taken back at once, those of others stay', async () => {
    const scene = await setup({ bounds: { pollMs: 60_000, deliveryLeaseMs: 60_000 } });
    await scene.memory.enqueue(someJobs(4, 'acme'));
    await scene.after(500, scene.of('acme').ask('reserve', aDemand({ owner: 'dead', max: 3 }), LONG));
    await scene.after(20, scene.of('acme').ask('reserve', aDemand({ owner: 'living', max: 1 }), LONG));
    scene.sys.tell('gone', { owner: 'dead', reason: 'SIGKILL' });
    await scene.kit.advance(10);
    expect(await scene.memory.queues('acme')).toMatchObject([{ ready: 3, leased: 1 }]);
  });

  test('is not forgotten while the storage fails', async () => {
    const scene = await setup({ bounds: { pollMs: 1_000, deliveryLeaseMs: 600_000, storeDownMs: 60_000 } });
    const job = aJob('acme');
    await scene.memory.enqueue([job]);
    await scene.after(20, scene.of('acme').ask('reserve', aDemand({ owner: 'dead' }), LONG));
    scene.tap.failing.add('reap');
    scene.sys.tell('gone', { owner: 'dead', reason: 'SIGKILL' });
    await scene.kit.advance(5_000);
    expect(await stateOf(scene, job.id)).toBe('leased');
    scene.tap.failing.clear();
    await scene.kit.advance(6_100);
    expect(await stateOf(scene, job.id)).toBe('ready');
  });

  test('is looked for where the last pass ended, until the storage has come through', async () => {
    const scene = await setup({ shards: 1, bounds: { pollMs: 60_000, deliveryLeaseMs: 600_000 } });
    await scene.memory.enqueue(someJobs(2, 'acme'));
    for (const owner of ['dead', 'later']) await scene.after(20, scene.of('acme').ask('reserve', aDemand({ owner, max: 1 }), LONG));
    const passes: (readonly [owners: readonly string[], cursor: string])[] = [];
    // looks at so few leases a call that four calls are one pass
    scene.tap.instead.set('reap', async (shard: number, limit: number, gone?: GoneOwners) => {
      if (gone === undefined) return scene.memory.reap(shard, limit);
      passes.push([gone.owners.map(({ owner }) => owner), gone.cursor]);
      if (passes.length === 2) scene.sys.tell('gone', { owner: 'later', reason: 'SIGKILL' });
      const from = Number(gone.cursor || 0);
      if (from === 3) return scene.memory.reap(shard, limit, gone);
      return { ...(await scene.memory.reap(shard, limit)), nextInMs: 0, cursor: String(from + 1) };
    });
    scene.sys.tell('gone', { owner: 'dead', reason: 'SIGKILL' });
    await scene.kit.advance(50);

    const pass = (owner: string) => ['', '1', '2', '3'].map((cursor) => [[owner], cursor]);
    expect(passes).toEqual([...pass('dead'), ...pass('later')]);
    expect(await scene.memory.queues('acme')).toMatchObject([{ ready: 2, leased: 0 }]);
  });

  test('with more leases than one sweep takes back loses them all', async () => {
    const scene = await setup({ bounds: { pollMs: 60_000, deliveryLeaseMs: 600_000, sweepLimit: 3 } });
    await scene.memory.enqueue(someJobs(10, 'acme'));
    await scene.after(20, scene.of('acme').ask('reserve', aDemand({ owner: 'dead' }), LONG));
    scene.sys.tell('gone', { owner: 'dead', reason: 'SIGKILL' });
    await scene.kit.advance(20);
    expect(await scene.memory.queues('acme')).toMatchObject([{ ready: 10, leased: 0 }]);
  });
});

describe('when the storage fails', () => {
  test('sweeps become fewer, five polls apart at most, and go on when it answers', async () => {
    const scene = await setup({ shards: 1, bounds: { pollMs: 1_000, storeRetryMs: 100 } });
    await scene.kit.advance(2_000);
    scene.tap.down = true;
    await scene.kit.advance(20_000);
    const before = sweeps(scene);
    await scene.kit.advance(60_000);
    expect(sweeps(scene) - before).toBeGreaterThanOrEqual(60 / 6);
    expect(sweeps(scene) - before).toBeLessThanOrEqual(60 / 4);
    scene.tap.down = false;
    await scene.kit.advance(6_100);
    const again = sweeps(scene);
    await scene.kit.advance(10_000);
    expect(sweeps(scene) - again).toBeGreaterThanOrEqual(8);
  });
});

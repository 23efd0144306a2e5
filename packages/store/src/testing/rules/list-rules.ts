import { type JobState, NEVER_MS } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { refOf, type Scene } from '../setup.js';

export function listRules({ setup, needing }: Kit): void {
  const rule = needing('listing');

  rule('ready jobs are listed in the order they are handed out', async () => {
    const { reserve, release, ids, drain } = await setup({
      jobs: [...someJobs(['d', 'b'], { priority: 6 }), ...someJobs(['c', 'a'], { priority: 2 })],
    });
    const { jobs } = await reserve({ max: 3 });
    await release(jobs[2]!, { head: true });
    await release(jobs[0]!);
    await release(jobs[1]!, { head: true });

    expect(await ids('ready')).toEqual(['a', 'c', 'd', 'b']);
    expect((await drain({ max: 2 })).concat(await drain())).toEqual(['a', 'c', 'd', 'b']);
  });

  rule('a peek shows payloads, and takes nothing', async () => {
    const { store, drain } = await setup({ jobs: someJobs(['a', 'b']) });

    const peek = { state: 'ready' as const, queue: QUEUE, cursor: '', limit: 1, payload: true };
    expect((await store.list(TENANT, peek)).jobs).toMatchObject([{ id: 'a', state: 'ready', payload: aJob().payload, attempt: 0 }]);

    expect(await drain()).toEqual(['a', 'b']);
  });

  needing('listing', 'delay')('scheduled jobs are listed by when they are due', async () => {
    const { clock, reserveOne, release, ids } = await setup({
      jobs: [
        aJob({ id: 'r' }),
        aJob({ id: 'c', delayMs: 30 }),
        aJob({ id: 'a', delayMs: 10 }),
        aJob({ id: 'b', atMs: 1_900_000_000_020 }),
      ],
    });
    await release(await reserveOne(), { delayMs: 15 });
    expect(clock.now()).toBe(1_900_000_000_000);

    expect(await ids('scheduled')).toEqual(['a', 'r', 'b', 'c']);
  });

  rule('leased jobs are listed by when their lease ends, then by id', async () => {
    const { store, reserve, ids } = await setup({ jobs: someJobs(['z', 'never', 'soon', 'm', 'a'], { leaseMs: 0 }) });
    const { jobs } = await reserve();
    await store.extend([
      { ...refOf(jobs[1]!), leaseMs: 0 },
      { ...refOf(jobs[2]!), leaseMs: 1 },
    ]);

    expect(await ids('leased')).toEqual(['soon', 'a', 'm', 'z', 'never']);
    expect((await store.find(TENANT, ['never'], { payload: false }))[0]).toMatchObject({ atMs: NEVER_MS });
  });

  rule('finished jobs are listed state by state, in the order they finished', async () => {
    const { store, clock, reserve, ack, ids } = await setup({
      jobs: [...someJobs(['a', 'b', 'c', 'd', 'e']), ...someJobs(['x', 'y'], { ttlMs: 1 })],
    });
    const { jobs } = await reserve({ max: 3 });
    await ack(jobs[2]!);
    await store.cancel(TENANT, ['e']);
    clock.advance(1);
    await ack(jobs[0]!);
    await reserve({ max: 2 });
    await reserve();
    await store.cancel(TENANT, ['d']);
    await ack(jobs[1]!);

    expect(await ids('completed')).toEqual(['c', 'a', 'b']);
    expect(await ids('cancelled')).toEqual(['e']);
    expect(await ids('expired')).toEqual(['x', 'y']);
    expect(await ids('dead')).toEqual([]);
  });

  for (const state of ['ready', 'scheduled', 'leased', 'completed', 'cancelled'] as const) {
    needing('listing', 'delay')(`pages of ${state} jobs join without gap or repetition, over one queue and over all`, async () => {
      const scene = await setup({
        jobs: [aJob({ id: 'lone', queue: 'a' }), ...someJobs(numbered(7)), aJob({ id: 'last', queue: 'z' })].map((job) =>
          state === 'scheduled' ? { ...job, delayMs: 60 } : job,
        ),
      });
      await bring(scene, state);

      const one = await pages(scene, { state, queue: QUEUE, limit: 3 });
      expect([...one].sort()).toEqual(numbered(7));
      const all = await pages(scene, { state, queue: '', limit: 3 });
      expect(all).toEqual(['lone', ...one, 'last']);
      expect(await pages(scene, { state, queue: '', limit: 100 })).toEqual(all);
      expect(await pages(scene, { state, queue: 'none', limit: 3 })).toEqual([]);
    });
  }

  rule('ready jobs of every priority are paged', async () => {
    const scene = await setup({ jobs: numbered(10).map((id, nth) => aJob({ id, priority: (nth * 7) % 10 })) });

    expect(await pages(scene, { state: 'ready', queue: QUEUE, limit: 2 })).toEqual(await scene.drain());
  });

  rule('what nobody listed is no cursor', async () => {
    const { store } = await setup({ jobs: [aJob()] });

    for (const state of ['ready', 'dead', 'leased'] as const)
      for (const cursor of ['nonsense', 'x y z', `${QUEUE}|`, ' '])
        await expect(store.list(TENANT, { state, queue: QUEUE, cursor, limit: 5, payload: false })).rejects.toMatchObject({
          code: 'BAD_OPTION',
        });
  });
}

/** Brings all jobs that wait into a state. */
async function bring({ store, reserve, ack }: Scene, state: JobState): Promise<void> {
  if (state === 'cancelled') await store.cancel(TENANT, ['lone', ...numbered(7), 'last']);
  if (state !== 'leased' && state !== 'completed') return;
  const wants = ['a', QUEUE, 'z'].map((queue) => ({ tenant: TENANT, queue, max: 10 }));
  for (const lease of (await reserve({ wants })).jobs) if (state === 'completed') await ack(lease);
}

/** Ids of all pages, in their order; a page may be short, but never long. */
async function pages({ store }: Scene, query: { state: JobState; queue: string; limit: number }): Promise<string[]> {
  const found: string[] = [];
  for (let page = 0, cursor = ''; page < 50; page++) {
    const reply = await store.list(TENANT, { ...query, cursor, payload: false });
    expect(reply.jobs.length).toBeLessThanOrEqual(query.limit);
    found.push(...reply.jobs.map(({ id }) => id));
    cursor = reply.cursor;
    if (cursor === '') return found;
  }
  throw new Error('the pages never end');
}

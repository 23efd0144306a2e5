import type { PurgeState } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import type { Scene } from '../setup.js';

export function purgeRules({ setup, needing }: Kit): void {
  const rule = needing('purging');

  rule('jobs of a state are forgotten without a trace, and their ids are free', async () => {
    const scene = await setup({ jobs: [...someJobs(['a', 'b']), aJob({ id: 'c', queue: 'other' }), aJob({ tenant: 'globex' })] });

    expect(await purge(scene, ['ready'])).toEqual({ removed: 2, more: false });

    expect(await scene.look('a')).toBeNull();
    expect((await scene.store.queues(TENANT)).map(({ queue }) => queue)).toEqual(['other']);
    expect(await scene.store.backlog(0, { queue: QUEUE, limit: 10 })).toEqual([{ tenant: 'globex', queue: QUEUE, ready: 1 }]);
    expect(await scene.store.enqueue([aJob({ id: 'a', payload: Uint8Array.of(1) })])).toEqual([{ code: 'OK', state: 'ready' }]);
  });

  rule('states are purged in the order given, each in the order of the list, up to the limit', async () => {
    const scene = await setup({ jobs: [...someJobs(['d1', 'd2', 'l', 'c']), ...someJobs(['r1', 'r2', 'r3'])] });
    for (const _ of ['d1', 'd2']) await scene.bury(await scene.reserveOne());
    await scene.reserveOne();
    await scene.ack(await scene.reserveOne());

    expect(await purge(scene, ['dead', 'ready', 'completed'], 3)).toEqual({ removed: 3, more: true });
    expect([await scene.ids('dead'), await scene.ids('ready'), await scene.ids('completed')]).toEqual([[], ['r2', 'r3'], ['c']]);

    expect(await purge(scene, ['completed', 'ready'], 3)).toEqual({ removed: 3, more: false });
    expect(await scene.queue()).toMatchObject({ ready: 0, leased: 1, dead: 0, finished: 0, bytes: 0 });
  });

  rule('a limit that is met exactly leaves no more', async () => {
    const scene = await setup({ jobs: someJobs(numbered(3)) });

    expect(await purge(scene, ['ready'], 3)).toEqual({ removed: 3, more: false });
    expect(await purge(scene, ['ready'], 3)).toEqual({ removed: 0, more: false });
  });

  needing('purging', 'delay')('scheduled jobs that are purged are never promoted', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b'], { delayMs: 10, ttlMs: 20 }) });

    expect(await purge(scene, ['scheduled'], 1)).toEqual({ removed: 1, more: true });
    scene.clock.advance(10);

    expect(await scene.promote()).toMatchObject({ moved: 1 });
    expect(await scene.ids('ready')).toEqual(['b']);
  });

  rule('of the finished only those of the state are purged, and the others are pruned in their time', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b', 'c'], { leaseMs: 1_000 }), retention: { finishedMs: 70_000 } });
    await scene.ack(await scene.reserveOne());
    scene.clock.advance(10);
    await scene.store.cancel(TENANT, ['b']);
    await scene.ack(await scene.reserveOne());

    expect(await purge(scene, ['completed'])).toEqual({ removed: 2, more: false });
    expect(await scene.queue()).toMatchObject({ finished: 1 });
    scene.clock.advance(69_999);
    expect(await scene.prune()).toMatchObject({ moved: 0, nextInMs: 1 });
    scene.clock.advance(1);

    expect(await scene.prune()).toMatchObject({ moved: 1, nextInMs: undefined });
  });

  rule('a worker whose job was purged after it settled has lost its lease', async () => {
    const scene = await setup({ jobs: [aJob()] });
    const lease = await scene.reserveOne();
    await scene.bury(lease);
    await purge(scene, ['dead']);

    expect(await scene.bury(lease)).toBe('LEASE_LOST');
  });

  needing('purging', 'quarantine')('what is quarantined belongs to no queue, everything else to one', async () => {
    const { store } = await setup({ jobs: [aJob()] });
    const ask = (queue: string, states: PurgeState[]) => store.purge(TENANT, { queue, states, limit: 10 });

    await expect(ask('', ['ready'])).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(ask(QUEUE, ['quarantined'])).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(ask('', ['quarantined', 'dead'])).rejects.toMatchObject({ code: 'BAD_OPTION' });
    expect(await ask('', ['quarantined'])).toEqual({ removed: 0, more: false });
    expect(await ask('none', ['ready', 'dead'])).toEqual({ removed: 0, more: false });
    expect(await store.queues(TENANT)).toMatchObject([{ ready: 1 }]);
  });

  needing('purging', 'settings')('settings stay when a queue is emptied', async () => {
    const scene = await setup({ jobs: [aJob()] });
    await scene.control({ attempts: 2 });

    await purge(scene, ['ready']);

    expect(await scene.queue()).toMatchObject({ queue: QUEUE, ready: 0 });
  });
}

const purge = ({ store }: Scene, states: readonly PurgeState[], limit = 100) =>
  store.purge(TENANT, { queue: QUEUE, states, limit });

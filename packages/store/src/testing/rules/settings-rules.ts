import { AS_QUEUE, DEFAULTS, LIMITS, NEVER_MS } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, DELIVERY_LEASE_MS, refOf } from '../setup.js';

const DAY_MS = 86_400_000;

export function settingsRules({ setup, needing }: Kit): void {
  const rule = needing('settings');

  rule('settings are kept as they were set, by queue, those of the tenant first', async () => {
    const { store, control } = await setup();
    expect(await store.settings(TENANT)).toEqual([]);

    expect(await control({ attempts: 3, leaseMs: 0 }, 'zebra')).toEqual([]);
    await control({ expireTo: '*dead', whenFull: 'drop-oldest' }, '');
    await control({ maxItems: 10, paused: false }, 'Alpha');
    await store.control('globex', QUEUE, { set: { attempts: 1 }, clear: [] });

    expect(await store.settings(TENANT)).toEqual([
      { queue: '', settings: { expireTo: '*dead', whenFull: 'drop-oldest' } },
      { queue: 'Alpha', settings: { maxItems: 10, paused: false } },
      { queue: 'zebra', settings: { attempts: 3, leaseMs: 0 } },
    ]);
  });

  rule('settings that only a door reads are kept like the rest, and change nothing', async () => {
    const { store, control, reserveOne, ack, release } = await setup();
    const fanout = Array.from({ length: LIMITS.fanoutQueues }, (_, at) => `${at}`.padStart(63, 'q')).join(',');
    const door = { fanout, fanoutOnly: true, maxAborts: 1 } as const;
    await control({ ...door, attempts: 3 });
    await control({ fanout: '', fanoutOnly: false, maxAborts: 0 }, '');

    await store.enqueue([aJob()]);
    await release(await reserveOne(), { spend: false });
    await ack(await reserveOne());

    expect((await store.queues(TENANT)).map(({ queue }) => queue)).toEqual([QUEUE]);
    expect(await store.settings(TENANT)).toEqual([
      { queue: '', settings: { fanout: '', fanoutOnly: false, maxAborts: 0 } },
      { queue: QUEUE, settings: { ...door, attempts: 3 } },
    ]);
    await control({ maxItems: 4 }, QUEUE, ['fanout', 'attempts']);
    expect(await store.settings(TENANT)).toMatchObject([{}, { settings: { fanoutOnly: true, maxAborts: 1, maxItems: 4 } }]);
  });

  rule('a change leaves alone what it neither sets nor clears; what it does both to is set', async () => {
    const { store, control } = await setup();
    await control({ attempts: 3, leaseMs: 5_000, maxAgeMs: 9 });

    await control({ attempts: 4, maxItems: 7 }, QUEUE, ['attempts', 'maxAgeMs', 'deadMax']);

    expect(await store.settings(TENANT)).toEqual([{ queue: QUEUE, settings: { attempts: 4, leaseMs: 5_000, maxItems: 7 } }]);
  });

  rule('a queue with settings is told of without jobs, until they are cleared', async () => {
    const { store, control } = await setup({ jobs: [aJob({ queue: 'other' })] });
    await control({ attempts: 3 });
    await control({ attempts: 3 }, '');

    const bare = { ready: 0, scheduled: 0, leased: 0, dead: 0, finished: 0, bytes: 0, oldestMs: 0, paused: false };
    expect(await store.queues(TENANT)).toMatchObject([
      { queue: QUEUE, ...bare },
      { queue: 'other', ready: 1 },
    ]);

    await control({}, QUEUE, ['attempts']);
    expect((await store.queues(TENANT)).map(({ queue }) => queue)).toEqual(['other']);
    expect((await store.settings(TENANT)).map(({ queue }) => queue)).toEqual(['']);
  });

  rule('settings outlive the jobs of their queue', async () => {
    const { store, control, reserveOne, ack, clock, prune } = await setup({ jobs: [aJob()] });
    await control({ finishedMs: 0, attempts: 2 });
    await ack(await reserveOne());
    clock.advance(DAY_MS);
    expect(await prune()).toMatchObject({ moved: 1 });

    await store.enqueue([aJob({ attempts: AS_QUEUE })]);

    expect(await reserveOne()).toMatchObject({ attempts: 2 });
  });

  rule(
    'a job that leaves them to its queue has its attempts and lease: the queue’s, else the tenant’s, else the default',
    async () => {
      const queues = ['told', 'untold'];
      const { store, control, reserveOne, release } = await setup({
        jobs: queues.map((queue) => aJob({ id: queue, queue, attempts: AS_QUEUE, leaseMs: AS_QUEUE })),
      });
      const granted = async (queue: string) => {
        const lease = await reserveOne({ wants: [aWant({ queue })] });
        await release(lease, { spend: false });
        return [lease.attempts, lease.leaseMs];
      };

      expect(await granted('untold')).toEqual([DEFAULTS.attempts, DEFAULTS.leaseMs]);
      await control({ attempts: 7, leaseMs: 70_000 }, '');
      await control({ attempts: 2 }, 'told');
      expect(await granted('untold')).toEqual([7, 70_000]);
      expect(await granted('told')).toEqual([2, 70_000]);

      await control({}, 'told', ['attempts']);
      await control({}, '', ['leaseMs']);
      expect(await granted('told')).toEqual([7, DEFAULTS.leaseMs]);
      expect(await store.find(TENANT, ['told'], { payload: false })).toMatchObject([{ attempts: AS_QUEUE }]);
    },
  );

  rule('what a job says itself is not touched by its queue', async () => {
    const { control, reserveOne } = await setup({ jobs: [aJob({ attempts: 9, leaseMs: 9_000 })] });
    await control({ attempts: 1, leaseMs: 1_000 });

    expect(await reserveOne()).toMatchObject({ attempts: 9, leaseMs: 9_000 });
  });

  rule('attempts of the queue count from the next failure on', async () => {
    const { control, reserveOne, release, look } = await setup({ jobs: [aJob({ attempts: AS_QUEUE })] });
    await control({ attempts: 0 });
    for (let time = 0; time < 6; time++) await release(await reserveOne());
    expect(await look()).toMatchObject({ state: 'ready', spent: 6 });

    const lease = await reserveOne();
    await control({ attempts: 3 });
    await release(lease);

    expect(await look()).toMatchObject({ state: 'dead', spent: 7 });
  });

  rule('a lost lease is judged by the attempts of the queue too', async () => {
    const { clock, control, deliverOne, reap, look } = await setup({ jobs: [aJob({ attempts: AS_QUEUE, leaseMs: 1_000 })] });
    await control({ attempts: 1 });

    clock.advance((await deliverOne()).leaseMs);
    await reap();

    expect(await look()).toMatchObject({ state: 'dead', reason: 'LEASE_LOST' });
  });

  rule('a lease that never ends has an end no reaper waits for, and is settled like any other', async () => {
    const { clock, store, reserveOne, reap, look, ack } = await setup({ jobs: [aJob({ leaseMs: 0 })] });
    const lease = await reserveOne();
    expect(lease.leaseMs).toBe(0);
    expect(await look()).toMatchObject({ atMs: clock.now() + DELIVERY_LEASE_MS });

    expect(await store.extend([{ ...refOf(lease), leaseMs: 0 }])).toEqual(['OK']);

    expect(await look()).toMatchObject({ state: 'leased', atMs: NEVER_MS });
    clock.advance(1_000 * DAY_MS);
    expect(await reap()).toMatchObject({ moved: 0, nextInMs: undefined });
    expect(await ack(lease)).toBe('OK');
  });

  rule('the delivery lease of a job whose lease never ends does end', async () => {
    const { clock, control, reserveOne, reap, look } = await setup({ jobs: [aJob({ leaseMs: AS_QUEUE })] });
    await control({ leaseMs: 0 });
    expect(await reserveOne()).toMatchObject({ leaseMs: 0 });

    clock.advance(DELIVERY_LEASE_MS);
    await reap();

    expect(await look()).toMatchObject({ state: 'ready', undelivered: 1 });
  });

  rule('a lease that never ends comes back when its owner is gone, or is given an end again', async () => {
    const { store, clock, reserve, reap, look } = await setup({ jobs: someJobs(['a', 'b'], { leaseMs: 0 }) });
    const { jobs } = await reserve();
    await store.extend(jobs.map((lease) => ({ ...refOf(lease), leaseMs: 0 })));
    await store.extend([{ ...refOf(jobs[1]!), leaseMs: 2_000 }]);

    clock.advance(2_000);
    expect(await reap()).toMatchObject({ moved: 1 });
    expect(await look('b')).toMatchObject({ state: 'ready', lostLeases: 1 });
    expect(await reap([{ owner: 'worker-1', reason: 'exit 1' }])).toMatchObject({ moved: 1 });
    expect(await look('a')).toMatchObject({ state: 'ready', lostLeases: 1 });
  });

  rule('how long finished jobs are kept is the queue’s to say, also of those that are finished already', async () => {
    const { clock, control, reserve, ack, prune, ids } = await setup({ jobs: someJobs(['a', 'b', 'c'], { leaseMs: 1_000 }) });
    for (const lease of (await reserve()).jobs) await ack(lease);
    clock.advance(60_000);
    expect(await prune()).toMatchObject({ moved: 0 });

    await control({ finishedMax: 2 });
    expect(await prune()).toMatchObject({ moved: 1 });
    expect(await ids('completed')).toEqual(['b', 'c']);

    await control({ finishedMs: 60_000 });
    expect(await prune()).toMatchObject({ moved: 2, nextInMs: undefined });
  });

  rule('how long dead letters are kept is the tenant’s to say, unless a queue does', async () => {
    const { clock, control, reserveOne, bury, prune, look } = await setup({
      jobs: ['mail', 'bulk'].map((queue) => aJob({ id: queue, queue, leaseMs: 1_000 })),
    });
    for (const queue of ['mail', 'bulk']) await bury(await reserveOne({ wants: [aWant({ queue })] }));
    await control({ deadMs: 70_000 }, '');
    await control({ deadMs: 80_000 }, 'bulk');

    clock.advance(70_000);
    expect(await prune()).toMatchObject({ moved: 1, nextInMs: 10_000 });
    expect(await look('mail')).toBeNull();
    await control({}, 'bulk', ['deadMs']);
    expect(await prune()).toMatchObject({ moved: 1 });
  });

  rule('twice the lease that the queue says is the least a finished job is kept', async () => {
    const { clock, control, reserveOne, ack, prune } = await setup({
      jobs: [aJob({ leaseMs: AS_QUEUE })],
      retention: { finishedMs: 0 },
    });
    await control({ leaseMs: 40_000 });
    await ack(await reserveOne());

    clock.advance(79_999);
    expect(await prune()).toMatchObject({ moved: 0, nextInMs: 1 });
    clock.advance(1);
    expect(await prune()).toMatchObject({ moved: 1 });
  });
}

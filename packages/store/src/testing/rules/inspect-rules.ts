import type { JobState } from '@tiercel/protocol';
import { expect } from 'vitest';
import { shardOf } from '../../shard.js';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, type Scene } from '../setup.js';

export function inspectRules({ setup, rule, needing }: Kit): void {
  needing('listing')('find answers in the order of the ids, null for what is not there', async () => {
    const { store } = await setup({ jobs: [...someJobs(['a', 'b']), aJob({ id: 'theirs', tenant: 'globex' })] });

    const found = await store.find(TENANT, ['b', 'nowhere', 'a', 'theirs', 'b'], { payload: false });

    expect(found.map((view) => view?.id ?? null)).toEqual(['b', null, 'a', null, 'b']);
  });

  needing('listing')('a payload is shown only to who asks', async () => {
    const { store } = await setup({ jobs: [aJob()] });

    const [view] = await store.find(TENANT, ['job-1'], { payload: false });

    expect(view).not.toHaveProperty('payload');
  });

  needing('listing')('who does not ask for payloads is shown every job all the same, however large its own is', async () => {
    const jobs = [0, 512, 513, 262_144].map((bytes) => aJob({ id: `of-${bytes}`, payload: new Uint8Array(bytes) }));
    const ids = jobs.map(({ id }) => id);
    const scene = await setup({ jobs });
    const found = async () => (await scene.store.find(TENANT, ids, { payload: false })).map((view) => [view?.id, view?.state]);

    expect(await found()).toEqual(ids.map((id) => [id, 'ready']));
    expect((await pages(scene, { state: 'ready', queue: QUEUE, limit: 10 })).flat()).toEqual(ids);
    await buryAll(scene);
    expect(await found()).toEqual(ids.map((id) => [id, 'dead']));
    expect((await pages(scene, { queue: QUEUE, limit: 10 })).flat()).toEqual(ids);
  });

  needing('listing')('a look at a job changes nothing', async () => {
    const { store, clock, reserveOne, look } = await setup({ jobs: [aJob()] });
    await reserveOne();
    const before = await look();

    clock.advance(3_600_000);
    await store.queues(TENANT);
    await store.backlog(0, { queue: '', limit: 10 });

    expect(await look()).toEqual(before);
  });

  needing('listing')('dead jobs are listed oldest first, without payload', async () => {
    const scene = await setup({ jobs: someJobs(['b', 'c', 'a']) });
    await buryAll(scene);

    const page = await scene.store.list(TENANT, { state: 'dead', queue: QUEUE, cursor: '', limit: 10, payload: false });

    expect(page.cursor).toBe('');
    expect(page.jobs).toMatchObject([
      { id: 'b', state: 'dead', reason: 'bad data' },
      { id: 'c', state: 'dead' },
      { id: 'a', state: 'dead' },
    ]);
    expect(page.jobs.filter((view) => 'payload' in view)).toEqual([]);
  });

  needing('listing')('pages join without gap or repetition and the last has no cursor', async () => {
    const scene = await setup({ jobs: someJobs(numbered(7)) });
    await buryAll(scene);

    expect(await pages(scene, { queue: QUEUE, limit: 3 })).toEqual([
      ['job-1', 'job-2', 'job-3'],
      ['job-4', 'job-5', 'job-6'],
      ['job-7'],
    ]);
    expect((await pages(scene, { queue: QUEUE, limit: 7 })).flat()).toEqual(numbered(7));
  });

  needing('listing')('one queue is listed, or all of the tenant by name, and never another tenant', async () => {
    const scene = await setup({
      jobs: [aJob({ id: 'a' }), aJob({ id: 'b', queue: 'bulk' }), aJob({ id: 'c' }), aJob({ id: 'd', tenant: 'globex' })],
    });
    for (const wants of [[aWant({ max: 1 })], [aWant({ queue: 'bulk' })], [aWant()], [aWant({ tenant: 'globex' })]]) {
      await scene.bury(await scene.reserveOne({ wants }));
      scene.clock.advance(1);
    }

    expect((await pages(scene, { queue: 'bulk', limit: 10 })).flat()).toEqual(['b']);
    expect((await pages(scene, { queue: '', limit: 2 })).flat()).toEqual(['b', 'a', 'c']);
    expect((await pages(scene, { queue: 'none', limit: 2 })).flat()).toEqual([]);
  });

  needing('listing')('a job that dies while somebody pages comes at the end', async () => {
    const scene = await setup({ jobs: someJobs(numbered(5)) });
    for (const _ of numbered(4)) await scene.bury(await scene.reserveOne());

    const first = await scene.store.list(TENANT, { state: 'dead', queue: QUEUE, cursor: '', limit: 2, payload: false });
    await scene.bury(await scene.reserveOne());
    const rest = await scene.store.list(TENANT, { state: 'dead', queue: QUEUE, cursor: first.cursor, limit: 10, payload: false });

    expect([...first.jobs, ...rest.jobs].map(({ id }) => id)).toEqual(numbered(5));
  });

  needing('listing')('jobs revived while somebody pages hide none of the others', async () => {
    const scene = await setup({ jobs: someJobs(numbered(6)) });
    await buryAll(scene);

    const first = await scene.store.list(TENANT, { state: 'dead', queue: QUEUE, cursor: '', limit: 3, payload: false });
    await scene.store.revive(TENANT, ['job-1', 'job-3', 'job-5']);
    const rest = await scene.store.list(TENANT, { state: 'dead', queue: QUEUE, cursor: first.cursor, limit: 10, payload: false });

    expect(rest.jobs.map(({ id }) => id)).toEqual(['job-4', 'job-6']);
  });

  needing('listing')('queues are told by name, with what each holds', async () => {
    const { store, clock, reserveOne, ack, bury } = await setup({
      jobs: [
        ...someJobs(['c', 'd', 'l', 'r', 's'], { queue: 'zebra' }),
        aJob({ id: 'e', queue: 'zebra', ttlMs: 1, priority: 0 }),
        aJob({ id: 'only', queue: 'Alpha' }),
        aJob({ id: 'theirs', tenant: 'globex', queue: 'other' }),
      ],
    });
    const wants = [aWant({ queue: 'zebra' })];
    clock.advance(1);
    await ack(await reserveOne({ wants }));
    await bury(await reserveOne({ wants }));
    await reserveOne({ wants });

    expect(await store.queues(TENANT)).toMatchObject([
      { queue: 'Alpha', ready: 1, scheduled: 0, leased: 0, dead: 0, finished: 0 },
      { queue: 'zebra', ready: 2, scheduled: 0, leased: 1, dead: 1, finished: 2 },
    ]);
    expect(await store.queues('nobody')).toEqual([]);
  });

  needing('delay', 'listing')('scheduled jobs are counted by themselves', async () => {
    const { store, clock, promote } = await setup({ jobs: someJobs(['a', 'b'], { delayMs: 10 }) });
    expect(await store.queues(TENANT)).toMatchObject([{ ready: 0, scheduled: 2 }]);

    clock.advance(10);
    await promote(1);

    expect(await store.queues(TENANT)).toMatchObject([{ ready: 1, scheduled: 1 }]);
  });

  needing('delay')('who has only scheduled jobs is not in the backlog', async () => {
    const { store } = await setup({ jobs: [aJob({ delayMs: 10 })] });

    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([]);
  });

  rule('the backlog of a shard tells who has ready jobs, by queue and then tenant', async () => {
    const { store, reserveOne } = await setup({
      jobs: [
        ...someJobs(['a', 'b', 'c']),
        aJob({ tenant: 'globex', queue: 'bulk' }),
        aJob({ tenant: 'Acme' }),
        aJob({ tenant: 'busy' }),
      ],
    });
    await reserveOne();
    await reserveOne({ wants: [aWant({ tenant: 'busy' })] });

    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([
      { tenant: 'globex', queue: 'bulk', ready: 1 },
      { tenant: 'Acme', queue: QUEUE, ready: 1 },
      { tenant: TENANT, queue: QUEUE, ready: 2 },
    ]);
  });

  rule('a job that comes back puts its pair in the backlog again', async () => {
    const { store, reserveOne, release } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();
    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([]);

    await release(lease);

    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([{ tenant: TENANT, queue: QUEUE, ready: 1 }]);
  });

  rule('pages of the backlog begin after the pair that is named, there or not', async () => {
    const { store } = await setup({
      jobs: ['q1', 'q2'].flatMap((queue) => ['a', 'b', 'c'].map((tenant) => aJob({ id: queue, tenant, queue }))),
    });
    const after = async (tenant: string, queue: string, limit = 10) =>
      (await store.backlog(0, { queue: '', after: { tenant, queue }, limit })).map((pair) => `${pair.queue}/${pair.tenant}`);

    expect(await after('b', 'q1', 2)).toEqual(['q1/c', 'q2/a']);
    expect(await after('bb', 'q1', 1)).toEqual(['q1/c']);
    expect(await after('z', 'q1')).toEqual(['q2/a', 'q2/b', 'q2/c']);
    expect(await after('c', 'q2')).toEqual([]);
  });

  rule('the backlog of one queue has only that queue', async () => {
    const { store } = await setup({
      jobs: ['q1', 'q10', 'q2'].flatMap((queue) => ['a', 'b'].map((tenant) => aJob({ id: queue, tenant, queue }))),
    });

    const all = await store.backlog(0, { queue: 'q10', limit: 10 });
    const rest = await store.backlog(0, { queue: 'q10', after: { queue: 'q10', tenant: 'a' }, limit: 10 });

    expect(all.map(({ tenant, queue }) => `${queue}/${tenant}`)).toEqual(['q10/a', 'q10/b']);
    expect(rest.map(({ tenant, queue }) => `${queue}/${tenant}`)).toEqual(['q10/b']);
  });

  needing('sharding')('a tenant is in the backlog of its own shard and in no other', async () => {
    const { store } = await setup({ shards: 5, jobs: numbered(20, 'tenant-').map((tenant) => aJob({ tenant })) });

    for (let shard = 0; shard < 5; shard++) {
      const found = (await store.backlog(shard, { queue: '', limit: 100 })).map(({ tenant }) => tenant);
      expect(found).toEqual(
        numbered(20, 'tenant-')
          .filter((tenant) => shardOf(tenant, 5) === shard)
          .sort(),
      );
    }
  });

  needing('delay', 'sharding')('a sweep of one shard leaves the others alone', async () => {
    const tenants = numbered(20, 'tenant-');
    const { store, clock } = await setup({ shards: 5, jobs: tenants.map((tenant) => aJob({ tenant, delayMs: 10 })) });

    clock.advance(10);
    const done = await store.promote(2, 100);

    const expected = tenants.filter((tenant) => shardOf(tenant, 5) === 2);
    expect(done.ready.map(([tenant]) => tenant).sort()).toEqual(expected.sort());
    expect(done.moved).toBe(expected.length);
  });
}

async function buryAll({ reserve, bury }: Scene): Promise<void> {
  for (const lease of (await reserve()).jobs) expect(await bury(lease)).toBe('OK');
}

/** Ids, page by page, to the end. */
async function pages({ store }: Scene, query: { queue: string; limit: number; state?: JobState }): Promise<string[][]> {
  const found: string[][] = [];
  for (let cursor = ''; found.length < 20; ) {
    const page = await store.list(TENANT, { state: 'dead', cursor, ...query, payload: false });
    found.push(page.jobs.map(({ id }) => id));
    cursor = page.cursor;
    if (cursor === '') break;
  }
  return found;
}

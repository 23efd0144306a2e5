import { expect } from 'vitest';
import { aJob, numbered, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { refOf, type Scene } from '../setup.js';

const REASON = 'CORRUPT: the payload does not match its checksum';

/** Records that cannot be trusted are set aside. */
export function quarantineRules({ setup, needing }: Kit): void {
  const rule = needing('quarantine');

  rule('a job that is buried as corrupt is dead, and in no count and no list of its queue', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b']) });

    expect(await buryCorrupt(scene)).toBe('OK');

    expect(await scene.look('a')).toMatchObject({
      state: 'dead',
      reason: REASON,
      atMs: scene.clock.now(),
      payload: aJob().payload,
    });
    expect(await scene.queue()).toMatchObject({ ready: 1, leased: 0, dead: 0, bytes: aJob().payload.length });
    expect(await scene.ids('dead')).toEqual([]);
    expect(await idsAside(scene)).toEqual(['a']);
  });

  rule('a queue that holds nothing else is not there any more', async () => {
    const scene = await setup({ jobs: [aJob()] });
    await buryCorrupt(scene);

    expect(await scene.store.queues(TENANT)).toEqual([]);
  });

  rule('what is set aside is told with its time, reason and record', async () => {
    const scene = await setup({ jobs: [aJob()] });
    await buryCorrupt(scene);

    const [record] = (await scene.store.quarantined(TENANT, { cursor: '', limit: 10 })).records;

    expect(record).toMatchObject({ id: 'job-1', atMs: scene.clock.now(), reason: REASON });
    expect(Buffer.from(record!.record).includes(Buffer.from(aJob().payload))).toBe(true);
  });

  rule('it cannot be revived or cancelled, and its id stays taken', async () => {
    const scene = await setup({ jobs: [aJob()] });
    await buryCorrupt(scene);

    expect(await scene.store.revive(TENANT, ['job-1'])).toEqual([{ code: 'WRONG_STATE', state: 'dead' }]);
    expect(await scene.store.cancel(TENANT, ['job-1'])).toEqual([{ code: 'WRONG_STATE', state: 'dead' }]);
    expect(await scene.store.enqueue([aJob(), aJob({ payload: Uint8Array.of(1) })])).toEqual([
      { code: 'DUPLICATE', state: 'dead' },
      { code: 'DUPLICATE_ID', state: '' },
    ]);
  });

  rule('a repeated settle of it is recognised', async () => {
    const scene = await setup({ jobs: [aJob()] });
    const lease = await scene.reserveOne();
    const settlement = { ...refOf(lease), outcome: 'bury' as const, reason: REASON, corrupt: true };

    expect(await scene.store.settle([settlement, settlement])).toEqual(['OK', 'OK_ALREADY']);
    expect(await scene.ack(lease)).toBe('OK_ALREADY');
    expect(await idsAside(scene)).toEqual(['job-1']);
  });

  rule('no retention reaches it', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b']), retention: { keepAtLeastMs: 0, deadMs: 0, deadMax: 0 } });
    await buryCorrupt(scene);
    await scene.bury(await scene.reserveOne());

    scene.clock.advance(1_000 * 86_400_000);
    expect(await scene.prune()).toMatchObject({ moved: 1, nextInMs: undefined });

    expect(await idsAside(scene)).toEqual(['a']);
  });

  rule('what is set aside is told by id, page by page, of one tenant', async () => {
    const scene = await setup({ jobs: [...someJobs(['c', 'a', 'e', 'b', 'd']), aJob({ tenant: 'globex' })] });
    for (const _ of numbered(5)) await buryCorrupt(scene);

    expect(await idsAside(scene, 2)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await idsAside(scene, 5)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await scene.store.quarantined('globex', { cursor: '', limit: 10 })).records).toEqual([]);
  });

  needing('quarantine', 'purging')('only a purge removes it; then its id is free', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    for (const _ of numbered(3)) await buryCorrupt(scene);
    const purge = (limit: number) => scene.store.purge(TENANT, { queue: '', states: ['quarantined'], limit });

    expect(await purge(2)).toEqual({ removed: 2, more: true });
    expect(await idsAside(scene)).toEqual(['c']);
    expect(await purge(2)).toEqual({ removed: 1, more: false });

    expect(await scene.look('c')).toBeNull();
    expect(await scene.store.enqueue([aJob({ id: 'c' })])).toEqual([{ code: 'OK', state: 'ready' }]);
    expect(await scene.drain()).toEqual(['c']);
  });

  needing('quarantine', 'counters')('it counts as failed and dead', async () => {
    const scene = await setup({ jobs: [aJob()] });
    await buryCorrupt(scene);

    expect(await scene.counted()).toEqual({ enqueued: 1, started: 1, failed: 1, dead: 1 });
  });

  rule('a record that cannot be read is set aside by the reserve that finds it, and the next one is served', async ({ skip }) => {
    const scene = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    const { damage } = scene;
    if (!damage) return skip('nothing that this store keeps can be damaged');
    for (const id of ['a', 'b']) await damage(TENANT, id);

    expect(await scene.drain()).toEqual(['c']);

    expect(await idsAside(scene)).toEqual(['a', 'b']);
    expect(await scene.queue()).toMatchObject({ ready: 0, leased: 1, dead: 0 });
    expect(await scene.store.backlog(0, { queue: '', limit: 10 })).toEqual([]);
    expect(await scene.store.enqueue([aJob({ id: 'a' })])).not.toMatchObject([{ code: 'OK' }]);
  });
}

async function buryCorrupt({ store, reserveOne }: Scene) {
  const [code] = await store.settle([{ ...refOf(await reserveOne()), outcome: 'bury', reason: REASON, corrupt: true }]);
  return code;
}

/** Ids of what is set aside, page by page. */
async function idsAside({ store }: Scene, limit = 100): Promise<string[]> {
  const found: string[] = [];
  for (let page = 0, cursor = ''; page < 50; page++) {
    const reply = await store.quarantined(TENANT, { cursor, limit });
    expect(reply.records.length).toBeLessThanOrEqual(limit);
    found.push(...reply.records.map(({ id }) => id));
    cursor = reply.cursor;
    if (cursor === '') return found;
  }
  throw new Error('the pages never end');
}

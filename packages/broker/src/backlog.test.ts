import { LIMITS, type ReadyPair } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { aJob, LONG, type Scene, setup, someJobs } from './setup.test.kit.js';

const refused = (code: string, facts = {}) => expect.objectContaining({ code, facts: expect.objectContaining(facts) });

const ask = ({ pool, after }: Scene, queue = '', cursor = '', limit = 500) =>
  after(20, pool.ask('backlog', { queue, cursor, limit }, LONG));

/** Every pair there is, page by page. */
async function allOf(scene: Scene, queue: string, limit: number): Promise<{ pairs: ReadyPair[]; pages: number }> {
  const pairs: ReadyPair[] = [];
  let cursor = '';
  for (let pages = 1; ; pages++) {
    const page = await ask(scene, queue, cursor, limit);
    expect(page.pairs.length).toBeLessThanOrEqual(limit);
    pairs.push(...page.pairs);
    cursor = page.cursor;
    if (cursor === '') return { pairs, pages };
  }
}

const TENANTS = Array.from({ length: 23 }, (_, at) => `tenant-${at}`);

async function crowd(shards = 4) {
  const scene = await setup({ shards });
  await scene.memory.enqueue(TENANTS.flatMap((tenant) => [...someJobs(2, tenant), aJob(tenant, { queue: 'bulk' })]));
  await scene.memory.enqueue([aJob('later', { delayMs: 60_000 }), aJob('paused')]);
  await scene.memory.control('paused', '', { set: { paused: true }, clear: [] });
  return scene;
}

const byTenant = (pairs: readonly ReadyPair[]) => [...pairs].sort((a, b) => (a.tenant + a.queue < b.tenant + b.queue ? -1 : 1));
const expected = (queue: string, ready: number) => byTenant(TENANTS.map((tenant) => ({ tenant, queue, ready })));

test.each([1, 2, 3, 7, 500])('the backlog of a queue is told over all shards, each pair once, %i a page', async (limit) => {
  const scene = await crowd();

  expect(byTenant((await allOf(scene, 'mail', limit)).pairs)).toEqual(expected('mail', 2));
  expect(byTenant((await allOf(scene, '', limit)).pairs)).toEqual(byTenant([...expected('mail', 2), ...expected('bulk', 1)]));
  expect((await allOf(scene, 'empty', limit)).pairs).toEqual([]);
});

test('a page goes through so many shards at most, and has a cursor though it is empty', async () => {
  const scene = await setup({ shards: 1_000 });

  const page = await ask(scene, 'mail');

  expect(page.pairs).toEqual([]);
  expect(page.cursor).not.toBe('');
  expect((await allOf(scene, 'mail', 500)).pages).toBe(Math.ceil(1_000 / LIMITS.shardsAtOnce));
});

test('a tenant is told nothing of others, nor of itself', async () => {
  const { of, after } = await crowd();
  const asked = of('tenant-1').ask('backlog', { queue: 'mail', cursor: '', limit: 1 }, LONG);
  await expect(after(20, asked)).rejects.toEqual(refused('FOREIGN_TENANT', { tenant: 'tenant-1' }));
});

test('a subject that names a queue speaks for that one only', async () => {
  const { pool, after } = await crowd();
  for (const queue of ['bulk', '']) {
    const asked = pool.ask('backlog', { queue, cursor: '', limit: 1 }, { ...LONG, topic: 'mail' });
    await expect(after(20, asked)).rejects.toEqual(refused('BAD_MESSAGE'));
  }
  const { pairs } = await after(20, pool.ask('backlog', { queue: 'mail', cursor: '', limit: 1 }, { ...LONG, topic: 'mail' }));
  expect(pairs).toMatchObject([{ queue: 'mail' }]);
});

test.each(['4', '-1', '0x1', '99999', '1.mail', '1.mail.', '1.mail.a.b', '1.bulk.a', '1.ma il.a', 'mail'])(
  'a cursor that no backlog answered is refused: %s',
  async (cursor) => {
    await expect(ask(await crowd(), 'mail', cursor)).rejects.toEqual(refused('BAD_OPTION', { option: 'cursor' }));
  },
);

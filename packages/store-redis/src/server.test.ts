import { silentLog } from '@tiercel/actors';
import { VirtualClock } from '@tiercel/actors/testing';
import type { Durability } from '@tiercel/protocol';
import type { JobStore, StoreEvent } from '@tiercel/store';
import { eventually } from '@tiercel/test-support';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openRedisStore, type RedisStoreOptions } from './open-redis-store.js';
import { freshNamespace, openStore, ownRedis, refusal, someJobs } from './redis.test.kit.js';

const CHECK_MS = 30_000;

async function setup({ config = '', user = '', ...told }: Partial<RedisStoreOptions> & { config?: string; user?: string } = {}) {
  const { server, url, admin } = await ownRedis(config);
  if (user) await admin.call('ACL', 'SETUSER', 'broker', 'on', '>sesame', '~*', '+@all', ...user.split(' '));
  const events: StoreEvent[] = [];
  const at = user ? url.replace('//', '//broker:sesame@') : url;
  const store = await openStore(at, { shards: 1, onEvent: (event) => events.push(event), ...told });
  return {
    ...{ server, url: at, admin, store, events },
    kinds: () => events.map(({ kind }) => kind),
    /** Cuts the connection, and waits until calls work again. What the status is then was known before the first of them. */
    async cut(): Promise<void> {
      await cutAll(admin);
      await eventually(async () => (await idsOf(admin)).length > 0 && (await works(store)));
    },
  };
}

const idsOf = async (admin: Redis): Promise<string[]> =>
  String(await admin.call('CLIENT', 'LIST'))
    .split('\n')
    .filter((line) => line.includes('name=tiercel'));

const cutAll = (admin: Redis): Promise<unknown> => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

const works = (store: JobStore): Promise<boolean> => store.backlog(0, { queue: '', limit: 1 }).then(() => true);

test('a connection that is cut and comes back to the same server forgets nothing', async () => {
  const { store, cut, events } = await setup();

  await cut();

  expect(store.status.epoch).toBe(1);
  expect(events).toEqual([]);
});

test.each(['restart', 'kill'] as const)(
  'a server after a %s may have forgotten, which is known before the first call it answers',
  async (how) => {
    const { store, server, kinds } = await setup();
    await store.enqueue(someJobs(1));

    if (how === 'kill') await server.kill();
    await server.restart();
    const epochs = await eventually(async () => [(await works(store)) && store.status.epoch]);

    expect(epochs).toEqual([2]);
    expect(kinds()).toEqual(['engine']);
  },
);

test('whose user may not ask which server it is counts every new connection as one that may have forgotten', async () => {
  const { store, cut } = await setup({ user: '-info' });

  await cut();

  expect(store.status.epoch).toBe(2);
});

test('a server that took over from another under the same connection is noticed within half a minute', async () => {
  const timers = new VirtualClock();
  const { store, admin } = await setup({ timers });
  await admin.replicaof('127.0.0.1', 1);
  await admin.replicaof('NO', 'ONE');

  await timers.advance(CHECK_MS);

  await eventually(() => store.status.epoch === 2);
});

test('what a server says of itself is asked again every half minute', async () => {
  const timers = new VirtualClock();
  const { store, admin, events } = await setup({ timers });
  await admin.config('SET', 'appendfsync', 'always');
  expect(store.status.durability).toBe('process-crash');

  await timers.advance(CHECK_MS);

  await eventually(() => store.status.durability === 'power-loss');
  expect(events).toContainEqual({ kind: 'engine', status: store.status });
});

test('a server that became unfit is not used until it is fit again', async () => {
  const { store, admin, kinds } = await setup();
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await cutAll(admin);

  const fault = await eventually(async () => {
    const refused = await refusal(store.enqueue(someJobs(1)));
    return refused.code === 'STORAGE_UNFIT' ? refused : undefined;
  });
  expect(fault.facts).toMatchObject({ 'maxmemory-policy': 'allkeys-lru', remedy: 'CONFIG SET maxmemory-policy noeviction' });
  expect(await admin.keys('*:jobs')).toEqual([]);
  expect(kinds()).toEqual(['unfit']);

  await admin.config('SET', 'maxmemory-policy', 'noeviction');
  await eventually(() => works(store));
});

test('a password that was changed is told from a server that is down, and the right one works again', async () => {
  const { store, admin } = await setup({ user: '-config' });
  await admin.call('ACL', 'SETUSER', 'broker', 'resetpass', '>other');
  await cutAll(admin);

  await eventually(async () => (await refusal(store.enqueue(someJobs(1)))).code === 'STORAGE_DENIED');

  await admin.call('ACL', 'SETUSER', 'broker', '>sesame');
  await eventually(() => works(store));
});

const APPEND = { memory: 'appendonly no', 'process-crash': 'appendonly yes', 'power-loss': 'appendonly yes\nappendfsync always' };
const open = (url: string, requireDurability: Durability) =>
  openRedisStore({ url, namespace: freshNamespace(), log: silentLog, requireDurability });

test.each([
  ['memory', 'process-crash', 'CONFIG SET appendonly yes'],
  ['process-crash', 'power-loss', 'CONFIG SET appendonly yes appendfsync always'],
  ['power-loss', 'replicated', 'no Redis is trusted with it; require power-loss'],
] as const)('what survives %s is not opened where %s is required', async (has, required, remedy) => {
  const { url } = await ownRedis(APPEND[has]);

  const fault = await refusal(open(url, required));

  expect(fault).toMatchObject({ code: 'STORAGE_UNFIT', facts: { durability: has, expected: required, remedy } });
  expect(fault.message).not.toContain('\n');
  await (await open(url, has)).close();
});

test('what is unknown is less than memory', async () => {
  const { url } = await setup({ user: '-config' });

  expect(await refusal(open(url, 'memory'))).toMatchObject({
    code: 'STORAGE_UNFIT',
    facts: { durability: 'unknown', remedy: 'let this user ask: ACL SETUSER … +config|get' },
  });
});

test('a server that keeps less than required from some day on is not used any more', async () => {
  const timers = new VirtualClock();
  const { store, admin } = await setup({ timers, requireDurability: 'process-crash' });
  await store.enqueue(someJobs(1));
  await admin.config('SET', 'appendonly', 'no');

  await timers.advance(CHECK_MS);

  await eventually(async () => (await refusal(store.enqueue(someJobs(1)))).code === 'STORAGE_UNFIT');
  expect(store.status.durability).toBe('memory');
});

test('what a server would not tell is known, and said once', async () => {
  const warnings: object[] = [];
  const log = { ...silentLog, warn: (facts: object) => void warnings.push(facts) };

  const { store, events } = await setup({ user: '-config -info', log });

  expect(store.status).toMatchObject({ durability: 'unknown', engine: 'redis', unknown: ['durability', 'eviction', 'version'] });
  expect(warnings).toEqual([{ unknown: 'durability,eviction,version', engine: 'redis' }]);
  expect(events).toEqual([{ kind: 'engine', status: store.status }]);
});

test('a clock of the server that jumps is told; here it stands still for half a minute', async () => {
  const timers = new VirtualClock();
  const { store, events } = await setup({ timers });
  const check = async (ms: number, seen: number) => {
    await timers.advance(ms);
    await eventually(() => events.length === seen && timers.pending > 0);
  };

  await check(CHECK_MS, 0);
  await check(CHECK_MS, 1);

  expect(events).toEqual([{ kind: 'clock-jump', byMs: expect.closeTo(-CHECK_MS, -3) }]);
  expect(store.status.clockJumpMs).toBe((events[0] as { byMs: number }).byMs);
});

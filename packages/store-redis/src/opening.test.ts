import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { silentLog } from '@tiercel/actors';
import { aJob } from '@tiercel/store/testing';
import { eventually, freePort } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { openRedisStore } from './open-redis-store.js';
import { freshNamespace, openStore, ownRedis, redisUrl, refusal } from './redis.test.kit.js';

const url = await redisUrl();
const open = (at: string, namespace = freshNamespace()) => openRedisStore({ url: at, namespace, log: silentLog });

test('nobody there is said within two seconds, by host and port and without the password', async () => {
  const port = await freePort();
  const startedAt = performance.now();

  const fault = await refusal(open(`redis://user:sesame@127.0.0.1:${port}`));

  expect(performance.now() - startedAt).toBeLessThan(2_500);
  expect(fault).toMatchObject({ code: 'STORAGE_UNAVAILABLE', facts: { address: `127.0.0.1:${port}` } });
  expect(JSON.stringify([fault.message, fault.facts, fault.cause])).not.toContain('sesame');
});

test('a server that takes connections and says nothing counts as not there', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const startedAt = performance.now();

  const fault = await refusal(open(`redis://127.0.0.1:${(silent.address() as AddressInfo).port}`));

  expect(performance.now() - startedAt).toBeLessThan(2_500);
  expect(fault.code).toBe('STORAGE_UNAVAILABLE');
});

test('a wrong password is told from a server that is down, and not shown', async () => {
  const { url: at } = await ownRedis('requirepass sesame');
  const [wrong, none] = [await refusal(open(at.replace('//', '//:swordfish@'))), await refusal(open(at))];

  expect([wrong.code, none.code]).toEqual(['STORAGE_DENIED', 'STORAGE_DENIED']);
  expect(JSON.stringify([wrong.message, wrong.facts, wrong.cause])).not.toContain('swordfish');
});

test('a password for a server that wants none is not passed over', async () => {
  const fault = await refusal(open(url.replace('//', '//:swordfish@')));

  expect(fault.code).toBe('BAD_CONFIG');
  expect(fault.facts.reason).toContain('without any password configured');
  expect(fault.message).not.toContain('swordfish');
});

test('a server of another kind is said to be one', async () => {
  const web = createHttpServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  onTestFinished(() => void web.close());
  await once(web, 'listening');
  const address = `127.0.0.1:${(web.address() as AddressInfo).port}`;

  expect(await refusal(open(`redis://${address}`))).toMatchObject({
    code: 'BAD_CONFIG',
    facts: { address, reason: 'what answers there is no Redis' },
  });
});

test.each([
  'http://127.0.0.1',
  'redis:',
  'not a url',
  '',
  'redis://127.0.0.1:1/first',
  'redis://127.0.0.1:1/-1',
  'redis://:100%@127.0.0.1:1',
])('%j is no URL of a Redis', async (at) => {
  expect((await refusal(open(at))).code).toBe('BAD_CONFIG');
});

test('a database that does not exist is said, and not another one used', async () => {
  expect((await refusal(open(`${url}/99999`))).code).toBe('BAD_CONFIG');
});

test('a server that would evict jobs is refused, with the remedy', async () => {
  const { url: at } = await ownRedis('maxmemory 100mb\nmaxmemory-policy allkeys-lru');

  expect(await refusal(open(at))).toMatchObject({
    code: 'STORAGE_UNFIT',
    facts: { 'maxmemory-policy': 'allkeys-lru', remedy: 'CONFIG SET maxmemory-policy noeviction' },
  });
});

test('eviction is noticed also by who may not ask for the configuration', async () => {
  const { url: at, admin } = await ownRedis('maxmemory-policy volatile-ttl');
  await admin.acl('SETUSER', 'broker', 'on', '>sesame', '~*', '+@all', '-config');

  expect((await refusal(open(at.replace('//', '//broker:sesame@')))).code).toBe('STORAGE_UNFIT');
});

test.each([
  ['appendonly no', 'memory'],
  ['appendonly yes\nappendfsync everysec', 'process-crash'],
  ['appendonly yes\nappendfsync always', 'power-loss'],
])('durability with %j is %s', async (config, durability) => {
  const { url: at } = await ownRedis(config);
  const store = await openStore(at);

  expect(store.status.durability).toBe(durability);
});

test('durability is unknown to who may not ask, and asked again after every reconnect', async () => {
  const { url: at, admin } = await ownRedis();
  await admin.acl('SETUSER', 'broker', 'on', '>sesame', '~*', '+@all', '-config');
  const [known, unknown] = [await openStore(at), await openStore(at.replace('//', '//broker:sesame@'))];
  expect([known.status.durability, unknown.status.durability]).toEqual(['process-crash', 'unknown']);

  await admin.config('SET', 'appendfsync', 'always');
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

  await eventually(() => known.status.durability === 'power-loss');
});

test('an installation keeps the number of shards it was made with', async () => {
  const namespace = freshNamespace();
  await openStore(url, { namespace, shards: 4 });

  expect(await refusal(openStore(url, { namespace, shards: 8 }))).toMatchObject({
    code: 'BAD_CONFIG',
    facts: { option: 'shards', expected: 4, got: 8 },
  });
  await openStore(url, { namespace, shards: 4 });
});

test('a namespace or number of shards that cannot be is refused before anybody is asked', async () => {
  expect((await refusal(open('redis://127.0.0.1:1', 'a:b'))).code).toBe('BAD_NAME');
  expect((await refusal(openStore('redis://127.0.0.1:1', { shards: 0 }))).code).toBe('BAD_OPTION');
});

test('without a clock, time is that of the server', async () => {
  const store = await openStore(url);
  const before = Date.now();

  await store.enqueue([aJob({ delayMs: 60_000 })]);

  const [job] = await store.find('acme', ['job-1'], { payload: false });
  expect(job!.createdAtMs).toBeGreaterThanOrEqual(before - 1);
  expect(job!.createdAtMs).toBeLessThanOrEqual(Date.now() + 1);
  expect(job!.atMs).toBe(job!.createdAtMs + 60_000);
});

test('namespaces on one server do not see each other', async () => {
  const [one, other] = [await openStore(url), await openStore(url)];
  await one.enqueue([aJob()]);

  expect(await other.find('acme', ['job-1'], { payload: false })).toEqual([null]);
  expect(await other.queues('acme')).toEqual([]);
});

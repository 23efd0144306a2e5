import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { silentLog } from '@tiercel/actors';
import { aJob, describeJobStore, type OpenJobStore } from '@tiercel/store/testing';
import { type Server, startRedis } from '@tiercel/test-support';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLibrary } from './library.js';
import { openRedisStore } from './open-redis-store.js';
import { freshNamespace, refusal } from './redis.test.kit.js';

const PASSWORD = 'sesame';
const fileOf = (name: string): string => readFileSync(new URL(`../acl/${name}.acl`, import.meta.url), 'utf8');
const rulesOf = (name: string): string[] => fileOf(name).trim().split(' ').slice(2);

/** A server with the lines of one of the shipped files, and the password changed as the file asks for; a configuration takes them as they are. */
function serverWith(name: string) {
  let [server, url]: [Server | undefined, string] = [undefined, ''];
  beforeAll(async () => {
    server = await startRedis({ config: fileOf(name).replace('CHANGE-ME', PASSWORD) });
    url = server.url;
  });
  afterAll(() => server?.stop());
  const adminDo = async <T>(act: (admin: Redis) => Promise<T>): Promise<T> => {
    const admin = new Redis(url);
    return act(admin).finally(() => admin.disconnect());
  };
  const brokerUrl = () => url.replace('//', `//tiercel-broker:${PASSWORD}@`);
  const open: OpenJobStore = async (options) => {
    const store = await openRedisStore({ url: brokerUrl(), namespace: freshNamespace(), log: silentLog, ...options });
    return { store, close: () => store.close() };
  };
  return { adminDo, brokerUrl, open };
}

/** The commands that the code inside Redis calls, as rules. */
async function needed(admin: Redis): Promise<string[]> {
  const { commands } = await readLibrary();
  const known = (await admin.call('COMMAND', 'INFO', ...commands)) as unknown[];
  return commands.filter((_, at) => known[at] !== null).map((name) => `+${name.toLowerCase()}`);
}

describe('the user that installs the functions', () => {
  const { adminDo, brokerUrl, open } = serverWith('broker-self-installing');

  test('has the commands that the functions call, and what opening takes, and no others', async () => {
    const rules = rulesOf('broker-self-installing').filter((rule) => rule.startsWith('+'));
    const opening = ['+fcall', '+function|load', '+info', '+config|get', '+cluster|slots', '+cluster|keyslot'];

    expect(rules.sort()).toEqual([...opening, ...(await adminDo(needed))].sort());
  });

  test('finds out all there is to know', async () => {
    const store = await openRedisStore({ url: brokerUrl(), namespace: freshNamespace(), log: silentLog });

    expect(store.status).toMatchObject({ durability: 'process-crash', unknown: [] });
    await store.close();
  });

  test('that lacks a command of a newer library is told which, before anything is half done', async () => {
    await adminDo((admin) => admin.call('ACL', 'SETUSER', 'tiercel-broker', '-zadd', '-hset'));

    const fault = await refusal(openRedisStore({ url: brokerUrl(), namespace: freshNamespace(), log: silentLog }));

    await adminDo((admin) => admin.call('ACL', 'SETUSER', 'tiercel-broker', '+zadd', '+hset'));
    expect(fault.code).toBe('STORAGE_DENIED');
    expect(String(fault.facts.remedy).split(' ').slice(3).sort()).toEqual(['+hset', '+zadd']);
    expect(await adminDo((admin) => admin.dbsize())).toBe(await adminDo(async (admin) => (await admin.keys('tiercel:*')).length));
  });

  describeJobStore('Redis, by a user that installs the functions,', open, { driver: 'redis' });
});

test('with the shipped line for the default user nobody is that user, and a restart keeps what brokers stored', async () => {
  const users = ['default-off', 'broker-self-installing'].map(fileOf).join('').replace('CHANGE-ME', PASSWORD);
  const server = await startRedis({ config: users });
  const url = server.url.replace('//', `//tiercel-broker:${PASSWORD}@`);
  const options = { url, namespace: freshNamespace(), log: silentLog };
  expect((await refusal(openRedisStore({ ...options, url: server.url }))).code).toBe('STORAGE_DENIED');
  const before = await openRedisStore(options);
  await before.enqueue([aJob({ tenant: 'acme', id: 'kept' })]);
  await before.close();

  await server.restart();
  const after = await openRedisStore(options);
  const [job] = await after.find('acme', ['kept'], { payload: false });

  await after.close();
  await server.stop();
  expect(job).toMatchObject({ id: 'kept', state: 'ready' });
});

describe('the user that can only call', () => {
  const { adminDo, brokerUrl, open } = serverWith('broker-preloaded');

  test('is told so while nobody has loaded the functions', async () => {
    expect((await refusal(openRedisStore({ url: brokerUrl(), namespace: 'none', log: silentLog }))).code).toBe('STORAGE_DENIED');
  });

  test('is served once they are loaded as the package prints them', async () => {
    const code = execFileSync(process.execPath, [new URL('../bin/print-library.js', import.meta.url).pathname]);
    await adminDo((admin) => admin.call('FUNCTION', 'LOAD', 'REPLACE', code));

    const store = await openRedisStore({ url: brokerUrl(), namespace: freshNamespace(), log: silentLog });

    expect(store.status).toMatchObject({ durability: 'unknown', unknown: ['durability', 'eviction', 'version'] });
    await store.close();
  });

  test('has the commands that the functions call, and no others', async () => {
    const rules = rulesOf('broker-preloaded').filter((rule) => rule.startsWith('+'));

    expect(rules.sort()).toEqual(['+fcall', ...(await adminDo(needed))].sort());
  });

  test.each([
    ['FUNCTION', 'LOAD', 'REPLACE', '#!lua name=mine\nredis.register_function("mine", function() end)'],
    ['FUNCTION', 'FLUSH'],
    ['EVAL', 'return 1', '0'],
    ['CONFIG', 'GET', 'requirepass'],
    ['FLUSHALL'],
    ['KEYS', '*'],
    ['ACL', 'LIST'],
    ['HGET', 'of-somebody-else', 'x'],
    ['PUBLISH', 'channel', 'x'],
  ])('may not %s %s', async (...command) => {
    const broker = new Redis(brokerUrl(), { enableReadyCheck: false });

    const fault = await refusal(broker.call(...(command as [string, ...string[]])));

    broker.disconnect();
    expect(fault.message).toMatch(/^NOPERM/);
  });

  describeJobStore('Redis, by a user that can only call,', open, { driver: 'redis' });
});

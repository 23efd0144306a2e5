import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, startNats, startRedis } from '@tiercel/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Installation } from './installation.js';
import { type Ran, run } from './run.js';
import { openScratch, type Scratch } from './scratch.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const COMMAND = `${ROOT}packages/cli/bin/tiercel.js`;
const SERVICE = (name: string) => `${ROOT}services/${name}/dist/main.js`;
const HANDLERS = fileURLToPath(new URL('./handlers/ledger-job.js', import.meta.url));
const UNUSED_PORT = 'nats://127.0.0.1:9';

let scratch: Scratch;
let installation: Installation;

beforeAll(async () => {
  scratch = await openScratch();
  installation = new Installation({
    ...scratch.env,
    TIERCEL_HANDLERS: HANDLERS,
    TIERCEL_QUEUES: 'hello_world',
    TIERCEL_PRODUCERS: '0',
  });
  installation.start();
  await installation.up('consumer', 1);
});

afterAll(async () => {
  await installation.stop();
  await scratch.close();
});

const tiercel = (...args: string[]): Promise<Ran> => run(process.execPath, [COMMAND, ...args], { env: scratch.env });
const asJson = async (...args: string[]) => {
  const ran = await tiercel(...args, '--json');
  return { ...ran, json: ran.stdout === '' ? undefined : JSON.parse(ran.stdout) };
};

describe('the command against a running installation', () => {
  test('a job that was enqueued is performed and shown', async () => {
    const { json, code } = await asJson('enqueue', 'hello_world', 'HelloWorld', '{"foo":"bar"}', '--id', 'one');
    expect({ code, json }).toMatchObject({ code: 0, json: { id: 'one', tenant: 'dev', state: 'ready' } });

    const shown = await eventually(async () => {
      const { json: job } = await asJson('job', 'show', 'one');
      return job?.state === 'completed' ? job : undefined;
    });
    expect(shown).toMatchObject({ id: 'one', name: 'HelloWorld', queue: 'hello_world', attempt: 1 });
    expect((await tiercel('job', 'show', 'one')).stdout).toContain('completed');
  });

  test('the same id with the same data is a duplicate, with other data it is refused with 4', async () => {
    await tiercel('enqueue', 'parked', 'HelloWorld', '{"n":1}', '--id', 'twice');

    expect((await asJson('enqueue', 'parked', 'HelloWorld', '{"n":1}', '--id', 'twice')).json).toMatchObject({ duplicate: true });
    const other = await tiercel('enqueue', 'parked', 'HelloWorld', '{"n":2}', '--id', 'twice');
    expect(other.code).toBe(4);
    expect(other.stderr).toMatch(/^DUPLICATE_ID: .*\n$/);
  });

  test('a delayed job is scheduled and can be cancelled, once', async () => {
    await tiercel('enqueue', 'parked', 'HelloWorld', '--delay', '1h', '--id', 'later');

    expect((await asJson('job', 'show', 'later')).json).toMatchObject({ state: 'scheduled' });
    expect((await asJson('job', 'cancel', 'later')).json).toMatchObject({ id: 'later', state: 'cancelled' });
    expect((await tiercel('job', 'cancel', 'later')).code).toBe(4);
  });

  test('a name no handler has goes to the dead letters at once, and can be revived', async () => {
    await tiercel('enqueue', 'hello_world', 'NoSuchJob', '--id', 'unknown', '--tenant', 'acme');

    const dead = await eventually(async () => {
      const { json } = await asJson('dead', 'ls', '--tenant', 'acme');
      return json?.length === 1 ? json : undefined;
    });
    expect(dead[0]).toMatchObject({ id: 'unknown', attempt: 1, reason: expect.stringMatching(/^UNKNOWN_JOB/) });
    expect((await tiercel('dead', 'ls')).stdout).not.toContain('unknown');
    expect((await asJson('dead', 'revive', 'unknown', '--tenant', 'acme')).json).toMatchObject({ state: 'ready' });
  });

  test('queues are listed with what is in each', async () => {
    await tiercel('enqueue', 'parked', 'HelloWorld', '--id', 'waits');

    const { json } = await asJson('queue', 'ls');
    expect(json.find(({ queue }: { queue: string }) => queue === 'parked')).toMatchObject({ leased: 0, dead: 0 });
    expect((await tiercel('queue', 'ls')).stdout).toMatch(/^queue +ready +scheduled/);
  });

  test.each([
    [['job', 'show', 'nobody'], 3, 'NOT_FOUND'],
    [['dead', 'revive', 'nobody'], 3, 'NOT_FOUND'],
    [['enqueue', 'bad name', 'HelloWorld'], 2, 'BAD_NAME'],
    [['enqueue', 'hello.>', 'HelloWorld'], 2, 'BAD_NAME'],
    [['enqueue', 'hello_world', 'HelloWorld', '--tenant', '../x'], 2, 'BAD_CONFIG'],
    [['enqueue', 'hello_world', 'HelloWorld', '{oops'], 2, 'BAD_OPTION'],
    [['enqueue', 'hello_world', 'HelloWorld', '{}', '--delay', 'soon'], 2, 'BAD_OPTION'],
    [
      ['enqueue', 'hello_world', 'HelloWorld', JSON.stringify('x'.repeat(100_000)).repeat(1), '--attempts', 'many'],
      2,
      'BAD_OPTION',
    ],
    [['queue', 'ls', '--nats', UNUSED_PORT], 5, 'UNREACHABLE'],
  ])('%j ends with %i and one line', async (args, expected, errorCode) => {
    const { code, stderr, stdout } = await tiercel(...args);

    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(errorCode);
  });

  test('a command nobody knows is a matter of usage', async () => {
    expect((await tiercel('enqeue', 'x', 'y')).code).toBe(2);
  });
});

describe('a service that cannot start says why in one line and exits', () => {
  const service = (name: string, env: Record<string, string>) =>
    run(process.execPath, [SERVICE(name)], { env: { ...scratch.env, ...env }, timeoutMs: 20_000 });

  test.each([
    [
      'consumer',
      'no NATS at the URL',
      { TIERCEL_NATS_URL: UNUSED_PORT, TIERCEL_HANDLERS: HANDLERS },
      5,
      /^UNREACHABLE: .*127\.0\.0\.1:9/,
    ],
    [
      'broker-adapter',
      'no Redis at the URL',
      { TIERCEL_STORE: 'redis://127.0.0.1:9' },
      5,
      /^STORAGE_UNAVAILABLE: .*127\.0\.0\.1:9/,
    ],
    ['consumer', 'no handlers', {}, 2, /^BAD_CONFIG: --handlers: expected/],
    ['consumer', 'handlers that are not there', { TIERCEL_HANDLERS: '/nowhere/handlers.mjs' }, 2, /HANDLERS_NOT_LOADED: .*nowhere/],
    [
      'broker-adapter',
      'several faults at once',
      { TIERCEL_STORE: 'mysql://x', TIERCEL_NAMESPACE: 'a b' },
      2,
      /^BAD_CONFIG: .*TIERCEL_NAMESPACE.*expected.*TIERCEL_STORE|^BAD_CONFIG: .*TIERCEL_STORE.*expected.*TIERCEL_NAMESPACE/s,
    ],
  ])('%s: %s', async (name, _, env, expected, line) => {
    const { code, stderr } = await service(name, env as Record<string, string>);

    expect(stderr).toMatch(line);
    expect(code).toBe(expected);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
  });

  test('a module that throws is named with its reason', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tiercel-handlers-'));
    writeFileSync(join(dir, 'broken.mjs'), 'throw new Error("no such luck");');

    const { code, stderr } = await service('consumer', { TIERCEL_HANDLERS: dir });

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/HANDLERS_NOT_LOADED: .*broken\.mjs.*no such luck/s),
    });
    rmSync(dir, { recursive: true });
  });

  test('a Redis that evicts is refused', async () => {
    const evicting = await startRedis({ config: 'maxmemory 100mb\nmaxmemory-policy allkeys-lru' });

    const { code, stderr } = await service('broker-adapter', { TIERCEL_STORE: evicting.url });
    await evicting.stop();

    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(/^STORAGE_UNFIT: .*noeviction/) });
  });

  test('a wrong URL, password or database of a storage is one line', async () => {
    const [open, locked] = [await startRedis(), await startRedis({ config: 'requirepass open-sesame' })];
    const web = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const webUrl = `redis://127.0.0.1:${(web.address() as AddressInfo).port}`;
    const file = join(mkdtempSync(join(tmpdir(), 'tiercel-store-')), 'file');
    writeFileSync(file, '');
    const cases: readonly (readonly [string, number, RegExp])[] = [
      [`${open.url}/99`, 2, /^BAD_CONFIG: .*DB index is out of range/],
      [`${open.url}/first`, 2, /^BAD_CONFIG: .*expected redis:\/\/host/],
      [open.url.replace('://', '://:wrong-secret@'), 2, /^BAD_CONFIG: .*without any password/],
      [open.url.replace('://', '://nobody:wrong-secret@'), 4, /^STORAGE_DENIED: .*WRONGPASS/],
      [locked.url.replace('://', '://:wrong-secret@'), 4, /^STORAGE_DENIED: .*WRONGPASS/],
      [locked.url, 4, /^STORAGE_DENIED: .*NOAUTH/],
      [webUrl, 2, /^BAD_CONFIG: .*no Redis/],
      ['redis://no-such-host.invalid', 5, /^STORAGE_UNAVAILABLE: .*no-such-host/],
      [`${open.url},${open.url.slice('redis://'.length)}`, 2, /^BAD_CONFIG: .*no cluster/],
      [`lmdb:${file}`, 2, /^BAD_CONFIG: .*\/file/],
      ['lmdb:/sys/tiercel', 4, /^STORAGE_DENIED: .*permissions.*\/sys\/tiercel/],
    ];

    for (const [store, expected, line] of cases) {
      const { code, stderr } = await service('broker-adapter', { TIERCEL_STORE: store });

      expect({ store, code, stderr }).toEqual({ store, code: expected, stderr: expect.stringMatching(line) });
      expect(stderr.split('\n').slice(1)).toEqual(['']);
      expect(stderr).not.toContain('wrong-secret');
    }
    web.close();
    rmSync(file);
    await Promise.all([open.stop(), locked.stop()]);
  });

  test('a NATS that refuses the credentials is one line', async () => {
    const locked = await startNats({ config: 'authorization { user: a, password: b }' });

    const { code, stderr } = await service('broker-adapter', { TIERCEL_NATS_URL: locked.url.replace('://', '://a:wrong-secret@') });
    await locked.stop();

    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(/^ACCESS_DENIED: /) });
    expect(stderr).not.toContain('wrong-secret');
  });
});

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, type Server, startNats, startRedis } from '@tiercel/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Installation } from './installation.js';
import { type Ran, run } from './run.js';
import { openScratch, type Scratch } from './scratch.js';
import { onTerminal } from './terminal.js';

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

describe('what operators ask and change', () => {
  test('stats tell depths, and what happened to jobs by their names', async () => {
    await tiercel('enqueue', 'counted', 'Welcome', '{"n":1}', '--tenant', 'globex');
    await tiercel('enqueue', 'counted', 'Bye', '--tenant', 'globex', '--delay', '1h');

    const { json } = await asJson('queue', 'stats', 'counted', '--tenant', 'globex');
    expect(json).toMatchObject({
      tenant: 'globex',
      queues: [{ queue: 'counted', ready: 1, scheduled: 1, paused: false }],
      counters: [
        { name: 'Bye', enqueued: 1 },
        { name: 'Welcome', enqueued: 1, started: 0 },
      ],
    });
    expect((await tiercel('queue', 'stats', '--tenant', 'globex')).stdout).toMatch(
      /^queue .*\ncounted .*\n\nqueue +job .*\ncounted +Bye/,
    );
    expect((await tiercel('queue', 'stats', 'nowhere')).stdout).toBe('no queue nowhere of tenant dev\n');
  });

  test('peek shows what comes next and leaves it where it is', async () => {
    await tiercel('enqueue', 'peeked', 'Welcome', '{"to":"ann"}', '--id', 'first');
    await tiercel('enqueue', 'peeked', 'Welcome', '--id', 'second');

    const { json } = await asJson('queue', 'peek', 'peeked', '--count', '5');
    expect(json).toMatchObject([{ id: 'first', data: { to: 'ann' }, state: 'ready' }, { id: 'second' }]);
    expect((await tiercel('queue', 'peek', 'peeked')).stdout).toMatch(/^id +first$/m);
    expect((await asJson('queue', 'peek', 'empty')).json).toEqual([]);
  });

  test('a paused queue hands out nothing until it is resumed, and so does a tenant', async () => {
    expect((await asJson('queue', 'pause', 'hello_world')).json).toEqual({ tenant: 'dev', queue: 'hello_world', paused: true });
    await tiercel('queue', 'pause', '--all');
    await tiercel('enqueue', 'hello_world', 'HelloWorld', '--id', 'held');
    expect((await tiercel('queue', 'ls')).stdout).toMatch(/^hello_world .* paused$/m);

    const one = await tiercel('queue', 'resume', 'hello_world');
    expect(one.stdout).toContain('but tenant dev is paused');
    expect((await asJson('job', 'wait', 'held', '--timeout', '500ms')).code).toBe(5);
    await tiercel('queue', 'resume', '--all');

    expect((await tiercel('job', 'wait', 'held', '--timeout', '10s')).code).toBe(0);
  });

  test('settings are set, shown and taken back', async () => {
    expect((await asJson('queue', 'set', 'mail', 'attempts=3', 'leaseMs=1m')).json).toMatchObject({
      set: { attempts: 3, leaseMs: 60_000 },
    });
    await tiercel('queue', 'set', '--all', 'deadMs=7d');
    expect((await tiercel('queue', 'set')).stdout).toMatch(/^\(all\) +deadMs=168h\nmail +leaseMs=1m attempts=3$/m);

    await tiercel('queue', 'set', 'mail', 'attempts=');

    expect((await asJson('queue', 'set', 'mail')).json).toEqual([{ queue: 'mail', settings: { leaseMs: 60_000 } }]);
    expect(await tiercel('queue', 'set', 'mail', 'attempts=70000')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^BAD_OPTION: /),
    });
  });

  test('wait prints the result, or says how the job ended, or that it has not', async () => {
    await tiercel('enqueue', 'hello_world', 'HelloWorld', '--id', 'awaited');
    expect((await asJson('job', 'wait', 'awaited')).json).toMatchObject({ id: 'awaited', state: 'completed' });

    await tiercel('enqueue', 'hello_world', 'NoSuchJob', '--id', 'hopeless');
    const failed = await asJson('job', 'wait', 'hopeless');
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(failed.stderr)).toMatchObject({ error: { code: 'JOB_FAILED', facts: { state: 'dead' } } });

    await tiercel('enqueue', 'parked', 'HelloWorld', '--delay', '1h', '--id', 'far');
    const late = await tiercel('job', 'wait', 'far', '--timeout', '200ms');
    expect(late).toMatchObject({ code: 5, stderr: 'NO_ANSWER: job far has not ended after 200ms; it is scheduled\n' });
    expect((await tiercel('job', 'wait', 'nobody')).code).toBe(3);
  });

  test('jobs of a state are listed', async () => {
    await tiercel('enqueue', 'parked', 'HelloWorld', '--delay', '1h', '--id', 'listed');

    const { json } = await asJson('job', 'ls', '--state', 'scheduled', '--queue', 'parked');
    expect(json).toContainEqual(expect.objectContaining({ id: 'listed', state: 'scheduled' }));
    expect((await tiercel('job', 'ls', '--state', 'expired')).stdout).toBe('no expired jobs of tenant dev\n');
  });

  test('of several all are told, and the first that failed is the exit code', async () => {
    await tiercel('enqueue', 'parked', 'HelloWorld', '--id', 'a-1');

    const { code, json } = await asJson('job', 'cancel', 'a-1', 'a-2');
    expect({ code, json }).toEqual({
      code: 3,
      json: [
        { id: 'a-1', state: 'cancelled' },
        { id: 'a-2', state: '', code: 'NOT_FOUND' },
      ],
    });
  });

  test('all dead letters of a queue are put back at once, and flushed', async () => {
    const kill = async (id: string) => {
      await tiercel('enqueue', 'hello_world', 'NoSuchJob', '--id', id, '--tenant', 'initech');
      await tiercel('job', 'wait', id, '--tenant', 'initech');
    };
    await Promise.all([kill('d-1'), kill('d-2')]);
    await tiercel('queue', 'pause', '--all', '--tenant', 'initech');

    const revived = await asJson('dead', 'revive', '--all', '--queue', 'hello_world', '--tenant', 'initech');
    expect(revived.json).toEqual({ revived: 2, more: false });
    expect((await asJson('dead', 'ls', '--tenant', 'initech')).json).toEqual([]);
    await tiercel('queue', 'resume', '--all', '--tenant', 'initech');
    await eventually(async () => (await asJson('dead', 'ls', '--tenant', 'initech')).json?.length === 2);

    expect((await asJson('dead', 'flush', '--tenant', 'initech', '--yes')).json).toEqual({ removed: 2, more: false });
    expect((await asJson('job', 'show', 'd-1', '--tenant', 'initech')).code).toBe(3);
  });

  test('dead letters are forgotten by their ids; several only with --yes', async () => {
    const ids = ['f-1', 'f-2', 'f-3'];
    for (const id of ids) await tiercel('enqueue', 'hello_world', 'NoSuchJob', '--id', id, '--tenant', 'hooli');
    for (const id of ids) await tiercel('job', 'wait', id, '--tenant', 'hooli');

    expect((await asJson('dead', 'forget', 'f-1', '--tenant', 'hooli')).json).toEqual({ id: 'f-1', state: '' });
    const refused = await tiercel('dead', 'forget', 'f-2', 'f-3', '--tenant', 'hooli');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/^BAD_OPTION: this forgets 2 jobs of tenant hooli; /) });
    expect((await tiercel('dead', 'forget', 'f-2', 'f-3', '--yes', '--tenant', 'hooli')).stdout).toBe(
      'f-2 is forgotten\nf-3 is forgotten\n',
    );

    expect((await asJson('dead', 'ls', '--tenant', 'hooli')).json).toEqual([]);
    expect((await tiercel('dead', 'forget', 'f-1', '--tenant', 'hooli')).code).toBe(3);
  });

  test('without a terminal nothing is forgotten unless --yes is said', async () => {
    await tiercel('enqueue', 'doomed', 'HelloWorld', '--id', 'doomed-1');
    await tiercel('enqueue', 'doomed', 'HelloWorld', '--id', 'doomed-2', '--delay', '1h');

    const refused = await tiercel('queue', 'purge', 'doomed');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /^BAD_OPTION: this forgets 2 jobs \(ready, scheduled\) of queue doomed of tenant dev; .*--yes\n$/,
    );
    expect((await asJson('queue', 'purge', 'doomed', '--state', 'scheduled', '--yes')).json).toMatchObject({
      removed: 1,
      more: false,
    });

    expect((await asJson('job', 'show', 'doomed-1')).json).toMatchObject({ state: 'ready' });
  });

  test('workers tells who lives and what each may hold', async () => {
    const { json } = await asJson('workers');

    const services = json.processes.map(({ service }: { service: string }) => service);
    expect(services).toEqual(expect.arrayContaining(['broker-adapter', 'consumer', 'supervisor']));
    const consumer = json.processes.find(({ service }: { service: string }) => service === 'consumer');
    expect(consumer).toMatchObject({ serves: { tenant: '', queues: ['hello_world'] }, stopping: false });
    expect((await tiercel('workers')).stdout).toMatch(/^consumer +\S+ +\d+ +\S+ +0 of 10 +hello_world$/m);
  });

  test('the doctor finds nothing that failed, and warns of what is odd', async () => {
    await tiercel('queue', 'pause', 'doomed');
    const { code, json } = await asJson('doctor');

    expect({ code, ok: json.ok }).toEqual({ code: 0, ok: true });
    expect(json.findings).toContainEqual(expect.objectContaining({ check: 'brokers', level: 'ok' }));
    expect(json.findings).toContainEqual(
      expect.objectContaining({ check: 'durability', level: 'ok', says: expect.stringMatching(/^redis .*process-crash/) }),
    );
    expect(json.findings).toContainEqual(expect.objectContaining({ check: 'queue doomed', level: 'warn' }));
    expect((await tiercel('doctor', '--strict')).code).toBe(1);
  });

  test('top without a terminal is one picture', async () => {
    const { json, code } = await asJson('top');
    expect({ code, tenant: json.tenant }).toEqual({ code: 0, tenant: 'dev' });
    expect(json.queues).toContainEqual(expect.objectContaining({ queue: 'hello_world', enqueuedPerSec: expect.any(Number) }));
    expect((await tiercel('top', '--once')).stdout).toMatch(/^tenant dev .*\nin [\d.]+\/s/);
  });
});

describe('on a terminal', () => {
  const typed = (args: string) => onTerminal(`${process.execPath} ${COMMAND} ${args}`, scratch.env);

  test.each([
    ['y', 0, /1 job of queue asked-y of tenant dev forgotten/, 3],
    ['n', 1, /ABORTED: nothing was changed/, 0],
    ['\u0003', 1, /ABORTED: nothing was changed/, 0],
  ])('what cannot be taken back is asked; %j ends with %i', async (answer, code, said, shown) => {
    const queue = `asked-${answer === 'y' ? 'y' : 'n'}`;
    const id = `asked-${answer.charCodeAt(0)}`;
    await tiercel('enqueue', queue, 'HelloWorld', '--id', id);

    const terminal = typed(`queue purge ${queue}`);
    await terminal.shows(/this forgets \d jobs? \(ready, scheduled\) of queue asked-. of tenant dev\. Go on\? \[y\/N\] /);
    terminal.type(answer === '\u0003' ? answer : `${answer}\r`);

    expect(await terminal.ended).toBe(code);
    expect(terminal.shown).toMatch(said);
    expect((await tiercel('job', 'show', id)).code).toBe(shown);
  });

  test.each(['q', '\u0003'])('top is drawn again until %j, and leaves the terminal as it was', async (key) => {
    const tenant = `moved-${key.charCodeAt(0)}`;
    const terminal = typed(`top --tenant ${tenant}`);
    await terminal.shows(/no queues/);
    await tiercel('enqueue', 'moving', 'HelloWorld', '--tenant', tenant, '--delay', '1h');
    await terminal.shows(/moving /);
    await terminal.shows(/consumer +consumer-1/);
    terminal.type(key);

    expect(await terminal.ended).toBe(0);
    expect(terminal.shown).toContain('\u001b[?1049h\u001b[?25l');
    expect(terminal.shown.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });
});

describe('the credential of a tenant', () => {
  const PASSWORD = 'test-only';
  let nats: Server;
  let services: Installation;
  const as = (user: string, tenant: string, ...args: string[]) =>
    run(process.execPath, [COMMAND, ...args, '--nats', nats.url.replace('://', `://${user}:${PASSWORD}@`), '--tenant', tenant], {});

  beforeAll(async () => {
    const names = ['BROKER', 'OPERATOR', 'PRODUCER', 'ACME', 'DEV'];
    const env = Object.fromEntries(names.map((name) => [`TIERCEL_${name}_PASSWORD`, PASSWORD]));
    nats = await startNats({ config: readFileSync(`${ROOT}deploy/nats/accounts.conf`, 'utf8'), env });
    const url = nats.url.replace('://', `://broker:${PASSWORD}@`);
    services = new Installation({ ...scratch.env, TIERCEL_NATS_URL: url, TIERCEL_PRODUCERS: '0', TIERCEL_CONSUMERS: '0' });
    services.start();
    await services.up('broker-adapter', 1);
  });

  afterAll(async () => {
    await services.stop();
    await nats.stop();
  });

  test('may not hear who lives, and is told so', async () => {
    const [workers, doctor, top] = await Promise.all([
      as('acme', 'acme', 'workers'),
      as('acme', 'acme', 'doctor'),
      as('acme', 'acme', 'top', '--once'),
    ]);

    expect(workers).toMatchObject({ code: 0, stdout: expect.stringMatching(/^This credential may not hear who lives/) });
    expect(doctor.stdout).toMatch(/^ok +tenant +acme is answered/m);
    expect(doctor.stdout).toMatch(/^warn +processes .* run it with the credential of the operator/m);
    expect(top.stdout).toContain('workers: this credential may not hear who lives');
  });

  test('is refused the jobs of another tenant', async () => {
    const { code, stderr } = await as('acme', 'dev', 'queue', 'ls');

    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringMatching(/^ACCESS_DENIED: .*permissions.*\n$/) });
    expect(stderr).not.toContain(PASSWORD);
    expect((await as('acme', 'dev', 'doctor')).code).toBe(4);
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

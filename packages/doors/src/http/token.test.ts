import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realRandom, silentLog } from '@tiercel/actors';
import { VirtualClock } from '@tiercel/actors/testing';
import { asTiercelError, codeOf } from '@tiercel/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { openHttpDoor } from './http-door.js';
import { setup as openScene } from './setup.test.kit.js';
import { createToken, TokenFile } from './token-file.js';

const QUEUES = 'GET /v1/tenants/acme/queues';
const JOBS = 'POST /v1/tenants/acme/queues/mail/jobs';

/** A folder for a token file. */
function setup() {
  const dir = mkdtempSync(join(tmpdir(), 'tiercel-tokens-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'tokens');
  const make = (tenant: string, role: 'produce' | 'read' | 'operate') => createToken(path, { tenant, role }, realRandom);
  return { dir, path, make };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const faultOf = (act: () => unknown): string => {
  try {
    act();
    return '';
  } catch (error) {
    return JSON.stringify(asTiercelError(error).facts);
  }
};

test('a token is kept as its hash alone, in a file of its owner alone', () => {
  const { path, make } = setup();

  const [one, two] = [make('acme', 'produce'), make('*', 'operate')];

  expect(one).toMatch(/^tiercel_[A-Za-z0-9_-]{43}$/);
  expect(readFileSync(path, 'utf8')).toMatch(/^sha256:[0-9a-f]{64} acme produce\nsha256:[0-9a-f]{64} \* operate\n$/);
  expect(readFileSync(path, 'utf8')).not.toContain(one.slice(8));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const file = new TokenFile(path, { clock: new VirtualClock(), log: silentLog });
  expect(file.find(two)).toMatchObject({ tenant: '*', role: 'operate' });
  expect(file.find(`${one.slice(0, -1)}${one.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined();
});

test('who is struck off loses access within seconds, and a file that became faulty lets nobody in', async () => {
  const { path, make } = setup();
  const [gone, stays] = [make('acme', 'read'), make('acme', 'operate')];
  const clock = new VirtualClock();
  const file = new TokenFile(path, { clock, log: silentLog });

  writeFileSync(path, `# only one\n${readFileSync(path, 'utf8').split('\n')[1]}\n`);
  expect(file.find(gone)).toBeDefined();
  await clock.advance(BOUNDS.tokensMs);
  expect([file.find(gone), file.find(stays)]).toEqual([undefined, expect.objectContaining({ role: 'operate' })]);

  chmodSync(path, 0o644);
  await clock.advance(BOUNDS.tokensMs);
  expect(file.find(stays)).toBeUndefined();
  chmodSync(path, 0o600);
  await clock.advance(BOUNDS.tokensMs);
  expect(file.find(stays)).toBeDefined();
});

test('a file that is missing, open to others, empty or faulty is one line with what to do', () => {
  const { path, make } = setup();
  const open = () => new TokenFile(path, { clock: new VirtualClock(), log: silentLog });

  expect(faultOf(open)).toContain('(ENOENT); make it with `tiercel token create`');
  writeFileSync(path, '', { mode: 0o600 });
  expect(faultOf(open)).toContain('expected tokens');
  writeFileSync(path, '# ours\nsha256:12 acme read\n');
  expect(faultOf(open)).toContain('in line 2');
  writeFileSync(path, '');
  make('acme', 'read');
  for (const mode of [0o604, 0o644, 0o620]) {
    chmodSync(path, mode);
    expect(faultOf(open)).toContain(`got mode ${mode.toString(8)}; chmod 600 ${path}`);
    expect(faultOf(() => make('acme', 'read'))).toContain('chmod 600');
  }
});

test('what is no file is not waited for, and lets nobody in', async () => {
  const { path, make } = setup();
  const token = make('acme', 'read');
  const clock = new VirtualClock();
  const file = new TokenFile(path, { clock, log: silentLog });
  for (const put of [() => execFileSync('mkfifo', ['-m', '600', path]), () => mkdirSync(path, { mode: 0o700 })]) {
    rmSync(path, { recursive: true });
    put();

    await clock.advance(BOUNDS.tokensMs);

    expect(file.find(token)).toBeUndefined();
    expect(faultOf(() => new TokenFile(path, { clock, log: silentLog }))).toContain(
      `expected a file, got something else at ${path}`,
    );
    expect(faultOf(() => make('acme', 'read'))).toContain('expected a file, got');
  }
});

test('a door to other machines opens only with tokens', async () => {
  const { make, path } = setup();
  make('acme', 'read');
  const options = {
    client: { tenant: () => expect.fail(), close() {} },
    port: 0,

    clock: new VirtualClock(),
    log: silentLog,
  };

  const refused = await openHttpDoor({ ...options, host: '0.0.0.0' }).catch((error: unknown) => error);

  expect(codeOf(refused)).toBe('BAD_CONFIG');
  expect(asTiercelError(refused).facts['--http']).toMatch(/tiercel token create .*got 0\.0\.0\.0$/);
  const door = await openHttpDoor({ ...options, host: '0.0.0.0', tokens: path });
  await door.close();
});

test('a token opens what its role may, and nothing without one', async () => {
  const { make, path } = setup();
  const [produce, read, operate] = [make('acme', 'produce'), make('acme', 'read'), make('acme', 'operate')];
  const { call } = await openScene({ tokens: path });
  const status = async (line: string, token: string, body?: unknown) => (await call(line, body, bearer(token))).status;
  const job = { name: 'Send', id: 'a' };

  const anybody = await call(QUEUES);
  expect(anybody).toMatchObject({ status: 401, body: { code: 'BAD_TOKEN' } });
  expect(anybody.headers.get('www-authenticate')).toBe('Bearer');
  expect(await call(QUEUES, undefined, bearer(`tiercel_${'A'.repeat(43)}`))).toMatchObject({ status: 401 });
  expect([await status(JOBS, produce, job), await status(JOBS, read, job), await status(JOBS, operate, job)]).toEqual([
    201, 403, 200,
  ]);
  expect([await status(QUEUES, produce), await status(QUEUES, read), await status(QUEUES, operate)]).toEqual([403, 200, 200]);
  const one = 'GET /v1/tenants/acme/jobs/a';
  expect([await status(one, produce), await status(one, read)]).toEqual([200, 200]);
  const cancel = 'DELETE /v1/tenants/acme/jobs/a';
  expect([await status(cancel, produce), await status(cancel, read), await status(cancel, operate)]).toEqual([403, 403, 200]);
});

test("a tenant's token reaches no other tenant, an operator's all of them", async () => {
  const { make, path } = setup();
  const [acme, all] = [make('acme', 'operate'), make('*', 'operate')];
  const { call } = await openScene({ tokens: path });
  await call(JOBS, { name: 'Send', id: 'a' }, bearer(acme));

  for (const line of [
    'GET /v1/tenants/other/queues',
    'GET /v1/tenants/ACME/queues',
    'DELETE /v1/tenants/other/jobs/a',
    'GET /v1/tenants/%2A/queues',
  ])
    expect(await call(line, undefined, bearer(acme))).toMatchObject({ status: 403, body: { code: 'FOREIGN_TENANT' } });
  expect((await call(QUEUES, undefined, bearer(all))).body.queues).toHaveLength(1);
  expect((await call('GET /v1/tenants/other/queues', undefined, bearer(all))).body.queues).toEqual([]);
  expect(await call('GET /v1/tenants/%2A/queues', undefined, bearer(all))).toMatchObject({
    status: 400,
    body: { code: 'BAD_NAME' },
  });
});

test('two tokens in one request are none', async () => {
  const { make, path } = setup();
  const token = make('acme', 'read');
  const { raw } = await openScene({ tokens: path });
  const header = `Authorization: Bearer ${token}\r\n`;

  const once = await raw(`GET /v1/tenants/acme/queues HTTP/1.1\r\nHost: x\r\n${header}Connection: close\r\n\r\n`);
  const twice = await raw(`GET /v1/tenants/acme/queues HTTP/1.1\r\nHost: x\r\n${header}${header}Connection: close\r\n\r\n`);

  expect([once.slice(9, 12), twice.slice(9, 12)]).toEqual(['200', '401']);
});

test('who asks too often is told when to come again, and hinders nobody else', async () => {
  const { make, path } = setup();
  const [often, seldom] = [make('acme', 'read'), make('acme', 'read')];
  const { call } = await openScene({ tokens: path, ratePerSec: 3, clock: new VirtualClock() });

  const statuses: number[] = [];
  for (let turn = 0; turn < 5; turn++) statuses.push((await call(QUEUES, undefined, bearer(often))).status);

  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const refused = await call(QUEUES, undefined, bearer(often));
  expect(refused).toMatchObject({ body: { code: 'BUSY', facts: { retryAfterMs: 334, perSec: 3 } } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await call(QUEUES, undefined, bearer(seldom))).status).toBe(200);
});

import { expect, test } from 'vitest';
import { validate as validateOpenApi } from './openapi.test.kit.js';
import { setup } from './setup.test.kit.js';

const JOBS = '/v1/tenants/acme/queues/mail/jobs';
const job = (id: string) => `/v1/tenants/acme/jobs/${id}`;

test('a job is stored, found, performed, and its result is what the handler returned', async () => {
  const { call, reserve, settle } = await setup();

  const stored = await call(`POST ${JOBS}`, { name: 'Send', data: { to: 'ann' }, id: 'a' });
  expect(stored).toMatchObject({ status: 201, body: { id: 'a', state: 'ready', duplicate: false, durability: 'memory' } });
  expect(stored.headers.get('location')).toBe(job('a'));
  expect((await call(`GET ${job('a')}?data=true`)).body).toMatchObject({ name: 'Send', state: 'ready', data: { to: 'ann' } });
  expect(await call(`GET ${job('a')}/result`)).toMatchObject({ status: 202, body: { id: 'a', state: 'ready' } });

  await settle(await reserve('acme', 'mail'), { result: { sent: 2n ** 60n } });

  expect(await call(`GET ${job('a')}/result`)).toEqual(
    expect.objectContaining({ status: 200, body: { id: 'a', state: 'completed', result: { sent: '1152921504606846976' } } }),
  );
  expect((await call(`GET ${job('a')}`)).body).not.toHaveProperty('data');
});

test('the same id with the same job is a success, with another job a conflict', async () => {
  const { call } = await setup();
  await call(`POST ${JOBS}`, { name: 'Send', data: [1], id: 'a' });

  expect(await call(`POST ${JOBS}`, { name: 'Send', data: [1], id: 'a' })).toMatchObject({
    status: 200,
    body: { duplicate: true },
  });
  const other = await call(`POST ${JOBS}`, { name: 'Send', data: [2], id: 'a' });

  expect(other).toMatchObject({ status: 409, body: { code: 'DUPLICATE_ID', remedy: 'choose another id', facts: { id: 'a' } } });
});

test('a list is answered job by job: what is refused does not hinder the others', async () => {
  const { call } = await setup();
  await call(`POST ${JOBS}`, { name: 'Send', id: 'taken' });

  const { status, body } = await call(`POST ${JOBS}`, [
    { name: 'Send', id: 'one' },
    { name: 'Send', id: 'taken', data: 1 },
    { name: 'no blanks please', id: 'two' },
    { name: 'Send', id: 'three', data: 'x'.repeat(300_000) },
    { name: 'Send', delay: '5s', priority: 0, attempts: 0, lease: 0, timeout: '1m', ttl: 60_000, backoff: { delay: '1s' } },
    { name: 'Send', id: 'four', delay: '5s', at: '2030-01-31T08:00:00Z' },
  ]);

  expect({ status, refused: body.refused }).toEqual({ status: 207, refused: 4 });
  expect(body.jobs.map((each: { state?: string; error?: { code: string } }) => each.state ?? each.error?.code)).toEqual([
    'ready',
    'DUPLICATE_ID',
    'BAD_NAME',
    'PAYLOAD_TOO_LARGE',
    'scheduled',
    'BAD_OPTION',
  ]);
  expect(await call(`POST ${JOBS}`, [{ name: 'Send' }])).toMatchObject({ status: 200, body: { refused: 0 } });
});

test('a long poll is answered when the job ends', async () => {
  const { call, reserve, settle } = await setup();
  await call(`POST ${JOBS}`, { name: 'Send', id: 'a' });
  const waiting = call(`GET ${job('a')}/result?wait=30s`);

  await settle(await reserve('acme', 'mail'), { reason: 'no such address' });

  expect(await waiting).toMatchObject({ status: 200, body: { state: 'dead', reason: 'no such address' } });
});

test('a long poll that waits in vain says how the job stands', async () => {
  const { call } = await setup();
  await call(`POST ${JOBS}`, { name: 'Send', id: 'a' });

  expect(await call(`GET ${job('a')}/result?wait=50ms`)).toMatchObject({ status: 202, body: { state: 'ready' } });
});

test('a door that closes ends long polls, and takes no more', async () => {
  const { call, door } = await setup();
  await call(`POST ${JOBS}`, { name: 'Send', id: 'a' });
  const waiting = call(`GET ${job('a')}/result?wait=60s`);
  await expect.poll(() => door.underWay).toBe(1);

  await door.close();

  expect(await waiting).toMatchObject({ status: 503, body: { code: 'STOPPED' } });
  await expect(call(`GET ${job('a')}`)).rejects.toThrow();
});

test('a job is cancelled once, a dead one revived once', async () => {
  const { call, reserve, settle } = await setup();
  await call(`POST ${JOBS}`, [
    { name: 'Send', id: 'a' },
    { name: 'Send', id: 'b' },
  ]);
  expect(await call(`DELETE ${job('a')}`)).toMatchObject({ status: 200, body: { id: 'a', state: 'cancelled' } });
  expect(await call(`DELETE ${job('a')}`)).toMatchObject({
    status: 409,
    body: { code: 'WRONG_STATE', facts: { state: 'cancelled' } },
  });
  expect(await call(`DELETE ${job('none')}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  await settle(await reserve('acme', 'mail'), { reason: 'no' });

  expect(await call(`POST ${job('b')}/revive`)).toMatchObject({ status: 200, body: { id: 'b', state: 'ready' } });
  expect(await call(`POST ${job('b')}/revive`, '')).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
});

test('queues and dead letters are told, page by page', async () => {
  const { call, reserve, settle } = await setup();
  await call(
    `POST ${JOBS}`,
    Array.from({ length: 5 }, (_, place) => ({ name: 'Send', id: `d${place}` })),
  );
  for (let place = 0; place < 5; place++) await settle(await reserve('acme', 'mail'), { reason: 'no' });
  await call(`POST ${JOBS}`, { name: 'Send', delay: '1h' });

  expect((await call('GET /v1/tenants/acme/queues')).body.queues).toMatchObject([{ queue: 'mail', dead: 5, scheduled: 1 }]);
  expect((await call('GET /v1/tenants/acme/queues/mail')).body).toMatchObject({ dead: 5, paused: false });
  expect((await call('GET /v1/tenants/acme/queues/other')).body).toMatchObject({ queue: 'other', ready: 0 });
  const ids: string[] = [];
  let cursor = '';
  do {
    const page = await call(`GET /v1/tenants/acme/dead?queue=mail&limit=2&cursor=${encodeURIComponent(cursor)}`);
    ids.push(...page.body.jobs.map(({ id }: { id: string }) => id));
    cursor = page.body.cursor;
  } while (cursor !== '');
  expect(ids).toEqual(['d0', 'd1', 'd2', 'd3', 'd4']);
});

test('the pause of a tenant holds for a queue that is not there yet', async () => {
  const { call, client } = await setup();
  await client.tenant('acme').pause();

  expect((await call('GET /v1/tenants/acme/queues/new')).body.paused).toBe(true);
});

test('the description is OpenAPI 3.1, and names every operation', async () => {
  const { url } = await setup();
  const document = (await (await fetch(`${url}/v1/openapi.json`)).json()) as { paths: object };

  expect(await validateOpenApi({ ...document })).toEqual({ version: '3.1', faults: [] });
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/v1/tenants/{tenant}/queues/{queue}/jobs', '/v1/tenants/{tenant}/dead']),
  );
});

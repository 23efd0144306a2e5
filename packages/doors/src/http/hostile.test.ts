import { connect } from 'node:net';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { setup } from './setup.test.kit.js';

/** One for all refusals: none of them leaves anything behind. */
const { call, raw } = await setup({}, afterAll);

const JOBS = '/v1/tenants/acme/queues/mail/jobs';
const SEND = '{"name":"Send"}';
const LONG = 'x'.repeat(600_000);

test.each([
  ['a job without a name', '{}', 400, 'BAD_MESSAGE', { at: 'body' }],
  ['an id that is a number', '{"name":"Send","id":7}', 400, 'BAD_MESSAGE', { at: 'body/id' }],
  ['an id of a list item that is a number', '[{"name":"Send"},{"name":"Send","id":7}]', 400, 'BAD_MESSAGE', { at: 'body/1/id' }],
  ['a field nobody knows', '{"name":"Send","nam":1}', 400, 'BAD_MESSAGE', { expected: 'no field nam' }],
  ['a body that is text', '"Send"', 400, 'BAD_MESSAGE', { at: 'body' }],
  ['no body', '', 400, 'BAD_MESSAGE', { at: 'body' }],
  ['an empty list', '[]', 400, 'BAD_MESSAGE', { at: 'body' }],
  ['half of a body', '{"name":', 400, 'BAD_MESSAGE', { expected: 'JSON' }],
  ['a key that would change prototypes', '{"name":"Send","data":{"__proto__":{"x":1}}}', 400, 'BAD_MESSAGE', {}],
  ['another such', '{"name":"Send","data":{"constructor":{"prototype":{"x":1}}}}', 400, 'BAD_MESSAGE', {}],
  ['a negative delay', '{"name":"Send","delay":-1}', 400, 'BAD_MESSAGE', { at: 'body/delay' }],
  ['a priority out of range', '{"name":"Send","priority":10}', 400, 'BAD_MESSAGE', { at: 'body/priority' }],
  ['a delay of a thousand years', '{"name":"Send","delay":"365000d"}', 400, 'BAD_OPTION', {}],
  ['a time that is none', '{"name":"Send","at":"2030-13-41T99:00:00Z"}', 400, 'BAD_OPTION', {}],
  ['an id with blanks', '{"name":"Send","id":"a b"}', 400, 'BAD_NAME', {}],
  ['JSON nested ten thousand deep', `{"name":"Send","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400, 'BAD_DATA', {}],
  ['half a character', '{"name":"Send","data":"\\ud800"}', 400, 'BAD_DATA', {}],
  ['a huge body', `{"name":"Send","data":"${LONG}"}`, 413, 'BATCH_TOO_LARGE', { max: 524_288 }],
  ['a payload over its limit', `{"name":"Send","data":"${LONG.slice(0, 300_000)}"}`, 413, 'PAYLOAD_TOO_LARGE', {}],
  ['too many jobs', `[${Array(501).fill(SEND).join()}]`, 400, 'BAD_MESSAGE', { at: 'body' }],
])('%s is one clear answer', async (_, body, status, code, facts) => {
  const refused = await call(`POST ${JOBS}`, body);

  expect(refused).toMatchObject({ status, body: { code, facts } });
  expect((await call('GET /v1/tenants/acme/queues')).body).toEqual({ queues: [] });
});

test.each([
  ['a tenant with dots', 'GET /v1/tenants/a.b/queues', 400, 'BAD_NAME'],
  ['a tenant that is a wildcard', 'GET /v1/tenants/*/queues', 400, 'BAD_NAME'],
  ['a tenant of another kind', 'GET /v1/tenants/_pool/queues', 400, 'BAD_NAME'],
  ['a queue with a wildcard', 'GET /v1/tenants/acme/queues/%3E', 400, 'BAD_NAME'],
  ['a queue that climbs', 'GET /v1/tenants/acme/queues/%2e%2e%2fother', 400, 'BAD_NAME'],
  ['a queue too long', `GET /v1/tenants/acme/queues/${'q'.repeat(64)}`, 400, 'BAD_NAME'],
  ['a name beyond all bounds', `GET /v1/tenants/acme/queues/${'q'.repeat(200)}`, 400, 'BAD_NAME'],
  ['an id with a slash', 'GET /v1/tenants/acme/jobs/a%2Fb', 400, 'BAD_NAME'],
  ['an id of nothing but escapes', 'GET /v1/tenants/acme/jobs/%00', 400, 'BAD_NAME'],
  ['a bad percent-encoding', 'GET /v1/tenants/%zz/queues', 400, 'BAD_MESSAGE'],
  ['an hour to wait', 'GET /v1/tenants/acme/jobs/a/result?wait=999h', 400, 'BAD_OPTION'],
  ['two minutes to wait', 'GET /v1/tenants/acme/jobs/a/result?wait=2m', 400, 'BAD_OPTION'],
  ['two times to wait', 'GET /v1/tenants/acme/jobs/a/result?wait=1s&wait=2s', 400, 'BAD_OPTION'],
  ['a negative limit', 'GET /v1/tenants/acme/dead?limit=-1', 400, 'BAD_OPTION'],
  ['a limit of no size', 'GET /v1/tenants/acme/dead?limit=1e9', 400, 'BAD_OPTION'],
  ['a cursor nobody made', 'GET /v1/tenants/acme/dead?cursor=garbage', 400, 'BAD_OPTION'],
  ['a cursor too long', `GET /v1/tenants/acme/dead?cursor=${'c'.repeat(513)}`, 400, 'BAD_OPTION'],
  ['a question nobody asks', 'GET /v1/tenants/acme/dead?__proto__=1', 400, 'BAD_OPTION'],
  ['a job that is not there', 'GET /v1/tenants/acme/jobs/none/result?wait=30s', 404, 'NOT_FOUND'],
  ['a path nobody serves', 'GET /v1/tenants', 404, 'NO_SUCH_ROUTE'],
  ['a method nobody serves', 'PUT /v1/tenants/acme/queues', 404, 'NO_SUCH_ROUTE'],
])('%s is one clear answer', async (_, line, status, code) => {
  expect(await call(line)).toMatchObject({ status, body: { code, message: expect.any(String) } });
});

test('a request that has not the form of one is told where forms are described', async () => {
  const { body } = await call(`POST ${JOBS}`, '{"name":"Send","delai":"5s"}');

  expect(body).toMatchObject({ code: 'BAD_MESSAGE', remedy: 'see /v1/openapi.json', facts: { expected: 'no field delai' } });
});

test('another content type is refused', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
    expect(await call(`POST ${JOBS}`, SEND, { 'content-type': type })).toMatchObject({
      status: 415,
      body: { code: 'BAD_MESSAGE' },
    });
});

test.each([
  ['climbs in its path', 'GET /v1/tenants/acme/../other/queues HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
  ['is no HTTP', 'EHLO there\r\n\r\n', 400],
  ['has headers without end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['has two lengths', `POST ${JOBS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
  [
    'has a length and chunks',
    `POST ${JOBS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    'announces a huge body',
    `POST ${JOBS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`,
    413,
  ],
])('a request that %s is answered and hung up on', async (_, request, status) => {
  const heard = await raw(request);

  expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(heard.split('\r\n\r\n')[1]).toMatch(/^\{"code":"[A-Z_]+","message":"[^"]+"/);
});

test('requests one behind the other on one connection are answered in their order', async () => {
  const get = (path: string, last = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${last}\r\n`;

  const heard = await raw(get('/v1/tenants/acme/queues') + get('/nothing') + get('/v1/tenants/acme/dead', 'Connection: close\r\n'));

  expect([...heard.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
});

test('a page of somebody else in a browser of this machine reaches nothing', async () => {
  expect(await call('GET /v1/tenants/acme/queues', undefined, { origin: 'https://evil.example' })).toMatchObject({
    status: 403,
    body: { code: 'NOT_ALLOWED' },
  });
  const rebound = 'GET /v1/tenants/acme/queues HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
  expect(await raw(rebound)).toMatch(/^HTTP\/1.1 403 /);
});

test('who sends byte by byte is hung up on', async () => {
  expect(await raw('GET /v1/tenants/acme/queues HT')).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"BAD_MESSAGE"/);
}, 30_000);

test('requests that never end leave a bounded number under way, and one more is told to come again', async () => {
  const { call, door } = await setup();
  const head = `POST ${JOBS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`;
  const sockets = Array.from({ length: BOUNDS.requests }, () =>
    connect(door.port, '127.0.0.1', function (this: { write(text: string): void }) {
      this.write(head);
    }).on('error', () => {}),
  );
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await expect.poll(() => door.underWay).toBe(BOUNDS.requests);

  const refused = await call('GET /v1/tenants/acme/queues');

  expect(refused).toMatchObject({ status: 429, body: { code: 'BUSY' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => door.underWay).toBe(0);
  expect((await call('GET /v1/tenants/acme/queues')).status).toBe(200);
});

test('a broker that does not answer is told, and holds no request for long', async () => {
  const never = () => new Promise<never>(() => {});
  const tenant = { tenant: 'acme', queues: never } as never;
  const { call, door } = await setup({ client: { tenant: () => tenant, close() {} }, answerMs: 50 });

  expect(await call('GET /v1/tenants/acme/queues')).toMatchObject({ status: 504, body: { code: 'NO_ANSWER' } });
  await expect.poll(() => door.underWay).toBe(0);
});

test('a fault of our own tells nothing of itself', async () => {
  const tenant = { tenant: 'acme', queues: () => Promise.reject(new Error('secret at /home/x')) } as never;
  const { call } = await setup({ client: { tenant: () => tenant, close() {} } });

  const refused = await call('GET /v1/tenants/acme/queues');

  expect(refused).toMatchObject({ status: 500, body: { code: 'INTERNAL', facts: {} } });
  expect(JSON.stringify(refused.body)).not.toContain('secret');
});

test('long polls one behind the other end with their connection', async () => {
  const { call, door } = await setup();
  await call(`POST ${JOBS}`, { name: 'Send', id: 'a' });
  const poll = 'GET /v1/tenants/acme/jobs/a/result?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const socket = connect(door.port, '127.0.0.1', () => void socket.write(poll.repeat(20)));
  onTestFinished(() => void socket.destroy());
  await expect.poll(() => door.underWay).toBe(20);

  socket.destroy();

  await expect.poll(() => door.underWay).toBe(0);
});

import { codeOf } from '@tiercel/protocol';
import { exchange } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { serveHealth } from './health.js';
import { explain } from './index.js';
import { Readiness } from './readiness.js';

async function setup() {
  const parts = { storage: true };
  const readiness = new Readiness(() => 'running');
  readiness.add('storage', () => ({ ok: parts.storage, durability: 'memory' }));
  const server = await serveHealth({ host: '127.0.0.1', port: 0, report: () => readiness.report(), metrics: async () => 'up 1\n' });
  onTestFinished(() => server.close());
  return { parts, port: server.port, url: `http://127.0.0.1:${server.port}` };
}

test('a service is alive in any case, and ready while all its parts are well', async () => {
  const { parts, url } = await setup();

  const ready = await fetch(`${url}/readyz?verbose`);
  expect(ready.status).toBe(200);
  expect(await ready.text()).toBe('{"ok":true,"phase":"running","storage":{"ok":true,"durability":"memory"}}\n');
  parts.storage = false;

  const unready = await fetch(`${url}/readyz`);
  expect([unready.status, await unready.json()]).toEqual([503, expect.objectContaining({ ok: false })]);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});

test('metrics are told as Prometheus reads them', async () => {
  const { url } = await setup();

  const told = await fetch(`${url}/metrics`);

  expect([told.status, told.headers.get('content-type'), await told.text()]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'up 1\n',
  ]);
});

test('nothing else is answered', async () => {
  const { url } = await setup();

  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/readyz`, { method: 'POST', body: 'x' })).status).toBe(405);
  expect(await (await fetch(`${url}/livez`, { method: 'HEAD' })).text()).toBe('');
});

test.each([
  [
    'a body that is announced',
    'GET /readyz HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n',
    200,
  ],
  ['a body that does not end', `POST /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nmore\r\n`, 405],
  ['too many headers', `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(5_000)}\r\n\r\n`, 431],
])('%s is not waited for, and the connection ends', async (_, request, status) => {
  const { port } = await setup();

  const heard = await exchange(port, request);

  expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test('who says nothing is hung up on', async () => {
  const { port } = await setup();

  expect(await exchange(port, 'GET /livez HT')).toMatch(/^(HTTP\/1.1 408 |$)/);
});

test('an address that is taken is one line that names it', async () => {
  const { port } = await setup();

  const refused = await serveHealth({ host: '127.0.0.1', port, report: () => ({ ok: true }), metrics: async () => '' }).catch(
    (error: unknown) => error,
  );

  expect(codeOf(refused)).toBe('BAD_CONFIG');
  expect(explain(refused)).toBe(`BAD_CONFIG: --health-port: expected an address that is free, got 127.0.0.1:${port} (EADDRINUSE)`);
});

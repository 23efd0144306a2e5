import { connect as connectRaw } from 'node:net';
import { type Inbound, realClock, realRandom, silentLog } from '@tiercel/actors';
import { became } from '@tiercel/actors/testing';
import { freePort, type Server, startNats } from '@tiercel/test-support';
import { afterEach, expect, test } from 'vitest';
import { connectNats, type NatsOptions, type NatsTransport } from './connect-nats.js';
import { NATS_LIMITS } from './nats-limits.js';

const undos: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

const text = (body: Uint8Array): string => Buffer.from(body).toString();
const bytes = (content: string): Uint8Array => Buffer.from(content);
const ask = { timeoutMs: 2_000 };

async function aServer(config = ''): Promise<Server> {
  const server = await startNats({ config });
  undos.push(() => server.stop());
  return server;
}

async function aTransport(url: string, options: Partial<NatsOptions> = {}): Promise<NatsTransport> {
  const transport = await connectNats({ url, name: 'test', log: silentLog, clock: realClock, random: realRandom, ...options });
  undos.push(() => transport.close());
  return transport;
}

/** A server, somebody who answers with what he got on `echo.*`, and somebody who asks. */
async function setup(config = '') {
  const server = await aServer(config);
  const [service, caller] = [await aTransport(server.url), await aTransport(server.url)];
  const seen: Inbound[] = [];
  const unserve = await service.serve('echo.*', (message) => {
    seen.push(message);
    message.respond?.(message.body);
  });
  return { server, service, caller, seen, unserve };
}

test('a request that nobody answers ends as NO_ANSWER, and the answer that comes later is counted', async () => {
  const { caller, service } = await setup();
  const got = new Promise<Inbound>((resolve) => void service.serve('late', resolve));
  await service.request('echo.a', bytes('the subscription is in'), ask);

  const request = caller.request('late', bytes(''), { timeoutMs: 30 });
  await expect(request).rejects.toMatchObject({ code: 'NO_ANSWER', facts: { subject: 'late', timeoutMs: 30 } });
  (await got).respond?.(bytes('too late'));
  await service.request('echo.a', bytes('sent after it'), ask);
  await caller.request('echo.a', bytes('received after it'), ask);

  expect(caller.counts.lateReply).toBe(1);
});

test.each([
  ['the own limit', '', { maxBytes: 1_000 }, 1_000],
  ["the server's max_payload", 'max_payload: 2048', {}, 2_048],
])('a body over %s is refused before it is sent, and the connection lives', async (_, config, options, limit) => {
  const { server } = await setup(config);
  const caller = await aTransport(server.url, options);
  let downs = 0;
  caller.watch((up) => (downs += up ? 0 : 1));

  const tooLarge = new Uint8Array(limit + 1);
  await expect(caller.request('echo.a', tooLarge, ask)).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    facts: { maxBytes: limit },
  });
  expect(() => caller.send('echo.a', tooLarge)).toThrow(/PAYLOAD_TOO_LARGE/);

  expect(caller.maxBytes).toBe(limit);
  expect(await caller.request('echo.a', new Uint8Array(limit), ask)).toHaveLength(limit);
  expect(downs).toBe(0);
});

test('a subject that would bend the line it is written into is refused', async () => {
  const subject = 'a\r\nPUB x 0';
  const { caller } = await setup();

  await expect(caller.request(subject, bytes(''), ask)).rejects.toMatchObject({ code: 'BAD_NAME' });
  expect(() => caller.send(subject, bytes(''))).toThrow(/BAD_NAME/);
});

test('a request whose reply subject is none is dropped and counted', async () => {
  const { server, service, seen, caller } = await setup();
  const raw = connectRaw(Number(new URL(server.url).port), '127.0.0.1');
  undos.push(async () => raw.destroy());

  const replies = ['victim.subject', '_INBOX.a.*', '_INBOX.>', '_INBOX..a', `_INBOX.${'x'.repeat(300)}`, '$SYS.REQ'];
  const lines = replies.map((reply) => `PUB echo.a ${reply} 0\r\n\r\n`);
  raw.write(`CONNECT {"verbose":false}\r\n${lines.join('')}PUB echo.a _INBOX.fine 4\r\nfine\r\n`);

  await expect.poll(() => seen.map(({ body }) => text(body))).toEqual(['fine']);
  expect(service.counts.badReply).toBe(replies.length);
  expect(text(await caller.request('echo.a', bytes('still there'), ask))).toBe('still there');
});

test('a handler that throws costs its own message only', async () => {
  const { caller, service } = await setup();
  await service.serve('broken', () => {
    throw new Error('a mistake');
  });

  await expect(caller.request('broken', bytes(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'NO_ANSWER' });
  expect(text(await caller.request('echo.a', bytes('fine'), ask))).toBe('fine');
});

test('while the server is away requests fail at once; when it is back all works again by itself', async () => {
  const { server, service, caller } = await setup();
  await service.serve('silent', () => {});
  const pending = caller.request('silent', bytes(''), { timeoutMs: 60_000 });
  const lost = expect(pending).rejects.toMatchObject({ code: 'NO_ANSWER', facts: { reason: 'disconnected' } });

  await server.kill();
  await Promise.all([became(caller, false), lost]);
  expect(caller.send('echo.a', bytes(''))).toBe(false);
  await expect(caller.request('echo.a', bytes(''), ask)).rejects.toMatchObject({ code: 'UNREACHABLE' });

  await server.restart();
  await Promise.all([became(caller, true), became(service, true)]);
  expect(text(await caller.request('echo.a', bytes('again'), ask))).toBe('again');
});

test('no server at the URL is one clear line that never shows the password', async () => {
  const port = await freePort();

  const opening = aTransport(`nats://me:secret@127.0.0.1:${port}`, { firstConnectMs: 200 });

  await expect(opening).rejects.toMatchObject({ code: 'UNREACHABLE', facts: { url: `nats://127.0.0.1:${port}` } });
  await expect(opening).rejects.toThrow(/^UNREACHABLE: [^\n]*$/);
  await expect(opening).rejects.not.toThrow(/secret/);
});

test('refused credentials are ACCESS_DENIED at once; the right ones in the URL work', async () => {
  const server = await aServer('authorization { user: me, password: secret }');
  const withCredentials = server.url.replace('//', '//me:secret@');

  await expect(aTransport(server.url)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  await expect(aTransport(server.url, { user: 'me', pass: 'wrong' })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  await expect(aTransport(withCredentials)).resolves.toBeDefined();
});

test('what the credentials do not allow is ACCESS_DENIED at once', async () => {
  const server = await aServer(
    'authorization { users: [{ user: me, password: x, permissions: { publish: "mine.>", subscribe: ["_INBOX_me.>", "mine.>"] } }] }',
  );
  const me = { user: 'me', pass: 'x', inboxPrefix: '_INBOX_me' };
  const transport = await aTransport(server.url, me);
  await transport.serve('mine.*', (message) => message.respond?.(message.body)).catch(() => {});

  await expect(aTransport(server.url, { user: 'me', pass: 'x' })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  await expect(transport.serve('other.*', () => {})).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  await expect(transport.request('other.a', bytes(''), ask)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
});

test('a server that does not read is not written to without end', async () => {
  const { server, caller, service } = await setup();
  await service.serve('sink', () => {});
  const body = new Uint8Array(NATS_LIMITS.bodyBytes);
  await server.freeze();
  undos.push(() => server.thaw());

  const accepted = Array.from({ length: 100 }, () => caller.send('sink', body)).filter(Boolean).length;

  expect(accepted).toBe(NATS_LIMITS.unreadBytes / NATS_LIMITS.bodyBytes);
  await expect(caller.request('sink', body, ask)).rejects.toMatchObject({ code: 'BUSY' });
});

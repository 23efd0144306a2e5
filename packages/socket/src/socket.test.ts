import { once } from 'node:events';
import { chmodSync, existsSync, lchownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectRaw, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Log, Transport } from '@tiercel/actors';
import { silentLog } from '@tiercel/actors';
import { became } from '@tiercel/actors/testing';
import { expect, onTestFinished, test } from 'vitest';
import { encodeFrames, frame } from './frame.js';
import { VERSION } from './hello.js';
import { connectSocket, serveSocket } from './index.js';
import { aPlace, leaveStale, PORTS } from './setup.test.kit.js';
import { SOCKET_LIMITS } from './socket-limits.js';

const bytes = (content: string): Uint8Array => Buffer.from(content);
const text = (body: Uint8Array): string => Buffer.from(body).toString();
const ask = { timeoutMs: 5_000 };

function place() {
  const { directory, path, remove } = aPlace();
  onTestFinished(remove);
  return { directory, path };
}

async function anOwner(path: string, log: Log = silentLog): Promise<Transport> {
  const owner = await serveSocket({ path, ...PORTS, log });
  onTestFinished(() => owner.close());
  await owner.serve('echo.*', (message) => message.respond?.(message.body));
  return owner;
}

async function aClient(path: string, options: { readonly firstConnectMs?: number } = {}): Promise<Transport> {
  const client = await connectSocket({ path, ...PORTS, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A connection that speaks by hand. */
async function aStranger(path: string): Promise<Socket> {
  const socket = connectRaw(path);
  socket.on('error', () => {}); // it may be cut
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const warnings = () => {
  const told: string[] = [];
  const log: Log = { ...silentLog, warn: (facts) => void told.push(String((facts as { err?: Error }).err?.message)) };
  return { log, told };
};

test('only its user can reach it, and a close takes it away', async () => {
  const { directory, path } = place();
  const owner = await serveSocket({ path: join(directory, 'own', 'socket'), ...PORTS });

  expect(statSync(join(directory, 'own')).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'own', 'socket')).mode & 0o777).toBe(0o600);
  await owner.close();

  expect(existsSync(join(directory, 'own', 'socket'))).toBe(false);
  expect(existsSync(path)).toBe(false);
});

test('while the owner is away requests fail at once; with the next one all works again by itself', async () => {
  const { path } = place();
  const first = await anOwner(path);
  const [caller, service] = [await aClient(path), await aClient(path)];
  await service.serve('mine', (message) => message.respond?.(bytes('served again')));
  await first.serve('silent', () => {});
  const pending = expect(caller.request('silent', bytes(''), { timeoutMs: 60_000 })).rejects.toMatchObject({
    code: 'NO_ANSWER',
    facts: { reason: 'disconnected' },
  });

  await Promise.all([first.close(), became(caller, false), became(service, false), pending]);
  expect(caller.send('echo.a', bytes(''))).toBe(false);
  await expect(caller.request('echo.a', bytes(''), ask)).rejects.toMatchObject({ code: 'UNREACHABLE' });

  await Promise.all([anOwner(path), became(caller, true), became(service, true)]);
  await service.request('echo.a', bytes('what it serves is known'), ask);
  expect(text(await caller.request('mine', bytes(''), ask))).toBe('served again');
});

test('nobody at the path is one clear line after the time that was given, and one who does not wait comes up later', async () => {
  const { path } = place();

  await expect(aClient(path, { firstConnectMs: 100 })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    facts: { socket: path, reason: 'ENOENT' },
  });
  const early = await aClient(path, { firstConnectMs: 0 });
  await expect(early.request('echo.a', bytes(''), ask)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await Promise.all([anOwner(path), became(early, true)]);

  expect(text(await early.request('echo.a', bytes('hi'), ask))).toBe('hi');
});

test('the socket of a process that is gone is replaced; that of one that lives is not, however slow it is', async () => {
  const { path } = place();
  const dead = createServer().listen(path);
  await once(dead, 'listening');
  dead.unref();
  const { directory } = place();
  const left = join(directory, 'socket');
  await leaveStale(left);

  await anOwner(left);
  expect(text(await (await aClient(left)).request('echo.a', bytes('hi'), ask))).toBe('hi');
  await expect(anOwner(path)).rejects.toMatchObject({ code: 'STORAGE_OWNED', facts: { socket: path } });
  dead.close();
});

test('what is not ours to take away is left, and said in a line with what to do', async () => {
  const { directory } = place();
  writeFileSync(join(directory, 'file'), 'mine');
  mkdirSync(join(directory, 'open'));
  chmodSync(join(directory, 'open'), 0o755);

  const refused = (remedy: string) => ({ code: 'BAD_CONFIG', facts: { '--socket': expect.stringContaining(remedy) } });
  await expect(anOwner(join(directory, 'file'))).rejects.toMatchObject(refused('remove it'));
  await expect(anOwner(join(directory, 'open', 'socket'))).rejects.toMatchObject(refused('chmod 700'));
  await expect(aClient(join(directory, 'file'))).rejects.toMatchObject({ code: 'BAD_CONFIG' });
});

test('what belongs to another user is neither used nor trusted', async () => {
  const { path } = place();
  await leaveStale(path);
  // root may give things away; anybody else finds some that are not his
  const isRoot = process.getuid?.() === 0;
  if (isRoot) lchownSync(path, 4_711, 4_711);
  const foreign = isRoot ? path : '/usr/tiercel-socket';
  const denied = { code: 'ACCESS_DENIED', facts: { reason: expect.stringContaining('belongs to user') } };

  await expect(anOwner(foreign)).rejects.toMatchObject(denied);
  if (isRoot) await expect(aClient(foreign)).rejects.toMatchObject(denied);
});

test('a path that is too long is reached from its own folder, and refused from elsewhere', async () => {
  const { directory } = place();
  const deep = join(directory, 'd'.repeat(60), 'e'.repeat(60));
  mkdirSync(deep, { recursive: true, mode: 0o700 });
  const path = join(deep, 'socket');

  await expect(anOwner(path)).rejects.toMatchObject({
    code: 'BAD_CONFIG',
    facts: { '--socket': expect.stringMatching(/at most 10[37] bytes, got 1\d\d; start in that folder/) },
  });
  const before = process.cwd();
  process.chdir(deep);
  onTestFinished(() => process.chdir(before));
  await anOwner(path);

  expect(text(await (await aClient(path)).request('echo.a', bytes('hi'), ask))).toBe('hi');
});

test('one that says nothing, or something else, is cut, and told why in the log', async () => {
  const { path } = place();
  const { log, told } = warnings();
  const owner = await anOwner(path, log);
  const [silent, other, wild, large] = await Promise.all([1, 2, 3, 4].map(() => aStranger(path)));

  other?.write(encodeFrames([frame('hello', { text: 'tiercel-socket/999' })]));
  wild?.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  large?.write(encodeFrames([frame('hello', { text: VERSION })]));
  const tooLarge = Buffer.alloc(4);
  tooLarge.writeUInt32LE(SOCKET_LIMITS.bodyBytes * 2);
  large?.write(tooLarge);
  await Promise.all([silent, other, wild, large].map((each) => each && once(each.resume(), 'close')));

  const said = () => told.map((line) => line.split(':')[0]).sort();
  await expect.poll(said, { timeout: 5_000 }).toEqual(['BAD_MESSAGE', 'BAD_MESSAGE', 'BAD_MESSAGE', 'it did not say who it is']);
  expect(text(await owner.request('echo.a', bytes('hi'), ask))).toBe('hi');
});

test('a version that the owner does not speak is refused at once', async () => {
  const { path } = place();
  const other = createServer((socket) => void socket.write(encodeFrames([frame('hello', { text: 'tiercel-socket/999' })])));
  await once(other.listen(path), 'listening');
  onTestFinished(() => void other.close());

  await expect(aClient(path)).rejects.toMatchObject({ code: 'BAD_MESSAGE', facts: { expected: VERSION } });
});

test('one that does not read is cut when too much waits for it, and costs nobody else anything', async () => {
  const { path } = place();
  const { log, told } = warnings();
  const owner = await anOwner(path, log);
  const slow = await aStranger(path);
  const hello = once(slow, 'data');
  slow.write(encodeFrames([frame('hello', { text: VERSION }), frame('serve', { serving: 1, text: 'sink' })]));
  await hello;
  slow.pause();
  const body = new Uint8Array(SOCKET_LIMITS.bodyBytes);

  const client = await aClient(path);
  for (let sent = 0; sent < 2 * (SOCKET_LIMITS.slowBytes / body.length); sent++) owner.send('sink', body);
  await expect.poll(() => told, { timeout: 5_000 }).toEqual(['it reads too slowly']);

  expect(text(await client.request('echo.a', bytes('hi'), ask))).toBe('hi');
});

test('an owner that hangs leads to a time-out, to BUSY when it is written to without end, and never to a hang', async () => {
  const { path } = place();
  const hung = createServer((socket) => {
    socket.once('data', () => {
      socket.pause();
      socket.write(encodeFrames([frame('hello', { id: SOCKET_LIMITS.bodyBytes, text: VERSION })]));
    });
    onTestFinished(() => void socket.destroy());
  });
  await once(hung.listen(path), 'listening');
  onTestFinished(() => void hung.close());
  const client = await aClient(path);
  const body = new Uint8Array(SOCKET_LIMITS.bodyBytes);

  await expect(client.request('a', bytes(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'NO_ANSWER' });
  const accepted = Array.from({ length: 100 }, () => client.send('a', body)).filter(Boolean).length;
  expect(accepted).toBeLessThanOrEqual(SOCKET_LIMITS.unreadBytes / SOCKET_LIMITS.bodyBytes);
  await expect(client.request('a', body, ask)).rejects.toMatchObject({ code: 'BUSY' });
});

test('a handler that throws costs its own message only', async () => {
  const { path } = place();
  const [owner, client] = [await anOwner(path), await aClient(path)];
  await client.serve('broken', () => {
    throw new Error('a mistake');
  });

  await expect(owner.request('broken', bytes(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'NO_ANSWER' });
  expect(text(await client.request('echo.a', bytes('fine'), ask))).toBe('fine');
});

test('no more connections than may be are let in, and those there are go on', async () => {
  const { path } = place();
  await anOwner(path);
  const client = await aClient(path);
  const crowd = await Promise.all(Array.from({ length: SOCKET_LIMITS.connections - 1 }, () => aStranger(path)));

  await expect(aClient(path, { firstConnectMs: 100 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(text(await client.request('echo.a', bytes('fine'), ask))).toBe('fine');
  for (const each of crowd) each.destroy();
});

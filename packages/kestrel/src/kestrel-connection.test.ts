import { realClock } from '@tiercel/actors';
import { afterEach, expect, test } from 'vitest';
import { type Step, serveBytes } from './byte-server.test.kit.js';
import { connectKestrel, KESTREL_LIMITS } from './index.js';

const undos: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

/** A server that plays this on its one connection, and that connection. */
async function setup(steps: readonly Step[]) {
  const server = await serveBytes(steps);
  const { host, port } = server;
  const connection = await connectKestrel({ host, port, clock: realClock });
  undos.push(server.close, () => connection.cut());
  return { server, connection };
}

const text = (item: Uint8Array | undefined) => item && Buffer.from(item).toString();
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => error,
  );

test('requests are answered in order, also those made before the first is answered', async () => {
  const { server, connection } = await setup([
    [
      'get a/open\r\nget b/peek\r\nget a/close\r\nversion\r\n',
      'VALUE a 0 1\r\n1\r\nEND\r\nVALUE b 0 1\r\n2\r\nEND\r\nEND\r\nVERSION 2.4.1\r\n',
    ],
  ]);

  const [first, second, third, version] = await Promise.all([
    connection.get('a', { open: true }),
    connection.get('b', { peek: true }),
    connection.get('a', { close: true }),
    connection.version(),
  ]);

  expect([text(first), text(second), third, version]).toEqual(['1', '2', undefined, '2.4.1']);
  expect(server.chunks[0]).toHaveLength(1);
});

test('it says at once that it has ended, and why, and nothing is sent any more', async () => {
  const { server, connection } = await setup([['get q/open\r\n', 'END\r\n', 'hang up']]);
  expect(connection.closed.aborted).toBe(false);

  await connection.get('q', { open: true });
  await server.gone();

  expect(connection.closed.reason).toMatchObject({ code: 'NO_ANSWER', facts: { reason: 'the server closed the connection' } });
  expect(await errorOf(connection.get('q'))).toMatchObject({ code: 'UNREACHABLE' });
});

test('an error ends it before the caller knows, so that nothing else is asked on it', async () => {
  const { connection } = await setup([['get q\r\n', 'ERROR\r\n']]);

  const ended = connection.get('q').catch(() => connection.closed.aborted);

  expect(await ended).toBe(true);
});

test('what nobody asked for ends it', async () => {
  const { connection } = await setup([['stats\r\n', 'END\r\nEND\r\n']]);

  await connection.stats();

  expect(connection.closed.reason).toMatchObject({ code: 'NO_ANSWER' });
});

test('it can be cut: what waits is told, and the server sees it go', async () => {
  const { server, connection } = await setup([['get q/open/t=60000\r\n']]);
  const waiting = errorOf(connection.get('q', { open: true, waitMs: 60_000 }));
  await server.heard();

  connection.cut();

  expect(await waiting).toMatchObject({ code: 'STOPPED' });
  await server.gone();
});

test('only so many requests wait for their reply; one more is refused and nothing of it is sent', async () => {
  const { connection } = await setup([]);

  for (let asked = 0; asked < KESTREL_LIMITS.pendingReplies; asked++) connection.get('q').catch(() => {});

  expect(await errorOf(connection.get('q'))).toMatchObject({ code: 'BUSY' });
  expect(connection.closed.aborted).toBe(false);
});

test('an attempt to connect can be given up', async () => {
  const { server } = await setup([]);
  const { host, port } = server;

  const connecting = connectKestrel({ host, port, clock: realClock, signal: AbortSignal.abort() });

  expect(await errorOf(connecting)).toMatchObject({ code: 'ABORTED' });
});

import { once } from 'node:events';
import { createServer } from 'node:net';
import { realClock, soon } from '@tiercel/actors';
import { VirtualClock } from '@tiercel/actors/testing';
import { afterEach, expect, test } from 'vitest';
import { type Step, serveBytes } from './byte-server.test.kit.js';
import { answerOf, KESTREL_LIMITS, KestrelClient, type KestrelOptions } from './index.js';

const ITEM = '{"instance":"dev","jobName":"HelloWorld","data":{"foo":"bar"}}';
const SET = `set enterprise_hello_world 0 0 62\r\n${ITEM}\r\n`;
const VALUE = `VALUE enterprise_hello_world 0 62\r\n${ITEM}\r\nEND\r\n`;

const undos: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

/** A server that plays this, connection by connection, and a client of it. */
async function setup(connections: readonly (readonly Step[])[], options: Partial<KestrelOptions> = {}) {
  const server = await serveBytes(...connections);
  const { host, port } = server;
  const client = new KestrelClient({ host, port, clock: realClock, ...options });
  undos.push(server.close, () => client.close());
  return { server, client };
}

const text = (item: Uint8Array | undefined) => item && Buffer.from(item).toString();
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error) => error,
  );

test('the producer and the consumer of the article say what they always said', async () => {
  const q = 'enterprise_hello_world';
  const { server, client } = await setup([
    [
      [SET, 'STORED\r\n'],
      [`get ${q}/close/open/t=500\r\n`, VALUE],
      [`get ${q}/close/open/t=500\r\n`, VALUE],
      [`get ${q}/abort\r\n`, 'END\r\n'],
      [`get ${q}/close/open/t=500\r\n`, 'END\r\n'],
      [`get ${q}/close\r\n`, 'END\r\n'],
      ['quit\r\n', '', 'hang up'],
    ],
  ]);

  await client.set(q, ITEM);
  expect(text(await client.reliableRead(q, { waitMs: 500 }))).toBe(ITEM);
  expect(text(await client.reliableRead(q, { waitMs: 500 }))).toBe(ITEM);
  await client.abortReliableRead(q);
  expect(await client.reliableRead(q, { waitMs: 500 })).toBeUndefined();
  await client.closeReliableRead(q);
  await client.close();

  expect(server.faults).toEqual([]);
});

test('peek, stats, flush and delete', async () => {
  const { server, client } = await setup([
    [
      ['get q/peek\r\n', 'VALUE q 0 1\r\na\r\nEND\r\n'],
      ['stats\r\n', 'STAT uptime 5\r\nSTAT queue_q_items 1\r\nEND\r\n'],
      ['flush q\r\n', 'END\r\n'],
      ['get q/peek/t=10\r\n', 'END\r\n'],
      ['delete q\r\n', 'DELETED\r\n'],
      ['delete q\r\n', 'END\r\n'], // as siberite answers it
      ['stats\r\n', 'END\r\n'],
    ],
  ]);

  expect(text(await client.peek('q'))).toBe('a');
  expect(Object.fromEntries(await client.stats())).toEqual({ uptime: '5', queue_q_items: '1' });
  await client.flush('q');
  expect(await client.peek('q', { waitMs: 10 })).toBeUndefined();
  await client.delete('q');
  await client.delete('q');
  expect(await client.stats()).toEqual(new Map());

  expect(server.faults).toEqual([]);
});

test.each([
  ['SERVER_ERROR\r\n', 'BUSY', 'SERVER_ERROR'],
  ['CLIENT_ERROR\r\n', 'NOT_SUPPORTED', 'CLIENT_ERROR'],
  ['CLIENT_ERROR close current item first\r\n', 'NOT_SUPPORTED', 'CLIENT_ERROR close current item first'],
  ['ERROR \r\n', 'NOT_SUPPORTED', 'ERROR'],
])('%j is a refusal, with the words of the server, and the connection is gone', async (reply, code, words) => {
  const { client } = await setup([[['get q/close/open\r\n', reply]], [['get q/close/open\r\n', 'END\r\n']]]);

  const error = await errorOf(client.reliableRead('q'));

  expect(error).toMatchObject({ code, facts: { queue: 'q', reply: words } });
  expect(answerOf(error)).toBe('refused');
  expect(await client.reliableRead('q')).toBeUndefined(); // on a new one
});

test('NOT_STORED is a refusal, and the connection stays', async () => {
  const { server, client } = await setup([
    [
      ['set q 0 0 1\r\na\r\n', 'NOT_STORED\r\n'],
      ['set q 0 9 1\r\na\r\n', 'STORED\r\n'],
    ],
  ]);

  const error = await errorOf(client.set('q', 'a'));

  expect(error).toMatchObject({ code: 'QUEUE_FULL', facts: { queue: 'q', reply: 'NOT_STORED' } });
  expect(answerOf(error)).toBe('refused');
  await client.set('q', 'a', { expiry: 9 });
  expect(server.chunks).toHaveLength(1);
});

test('where nobody listens the server is unreachable, and nothing was sent', async () => {
  const { server, client } = await setup([]);
  server.close();

  const error = await errorOf(client.reliableRead('q'));

  expect(error).toMatchObject({ code: 'UNREACHABLE', facts: { reason: 'ECONNREFUSED', server: `127.0.0.1:${server.port}` } });
  expect(answerOf(error)).toBe('unreachable');
});

test('a connection that is not made in time is given up', async () => {
  const after = (_: number, act: () => void) => {
    soon(act); // before anything can come of the network
    return () => {};
  };
  const { client } = await setup([], { clock: { ...realClock, after } });

  expect(await errorOf(client.stats())).toMatchObject({ code: 'UNREACHABLE', facts: { reason: 'no connection in time' } });
});

test('a reply has the time that the server waits, and a margin; then the connection is given up', async () => {
  const clock = new VirtualClock();
  const { server, client } = await setup([[['get q/close/open/t=60000\r\n']]], { clock, replyMs: 5_000 });

  const reading = errorOf(client.reliableRead('q', { waitMs: 60_000 }));
  await server.heard();
  await clock.advance(64_999);
  expect(clock.pending).toBe(1);
  await clock.advance(1);

  const error = await reading;
  expect(error).toMatchObject({ code: 'NO_ANSWER', facts: { queue: 'q', waitedMs: 65_000 } });
  expect(answerOf(error)).toBe('unreachable');
  await server.gone();
});

test('a server that hangs up in the midst of a call has not answered, and the next call finds it again', async () => {
  const { client } = await setup([[['set q 0 0 1\r\na\r\n', '', 'hang up']], [['set q 0 0 1\r\na\r\n', 'STORED\r\n']]]);

  expect(await errorOf(client.set('q', 'a'))).toMatchObject({ code: 'NO_ANSWER', facts: { queue: 'q' } });
  await client.set('q', 'a');
});

test('a server that hung up between two calls is no error', async () => {
  const { server, client } = await setup([
    [['set q 0 0 1\r\na\r\n', 'STORED\r\n', 'hang up']],
    [['set q 0 0 1\r\nb\r\n', 'STORED\r\n']],
  ]);

  await client.set('q', 'a');
  await server.gone();
  await client.set('q', 'b');
});

test('a read whose connection was lost is told lost, once, whatever was to become of it', async () => {
  const opened = (key: string) => [`get ${key}\r\n`, 'VALUE q 0 1\r\na\r\nEND\r\n'] as const;
  const { server, client } = await setup([
    [opened('a/close/open'), opened('b/open'), opened('c/open'), ['stats\r\n', 'ERROR\r\n', 'hang up']],
    [['get a/close\r\n', 'END\r\n'], opened('b/close/open')],
  ]);
  for (const queue of ['a', 'b', 'c']) await client.reliableRead(queue);
  await errorOf(client.stats());
  await server.gone();

  expect(await errorOf(client.closeReliableRead('a'))).toMatchObject({ code: 'LEASE_LOST', facts: { queue: 'a' } });
  expect(await errorOf(client.reliableRead('b'))).toMatchObject({ code: 'LEASE_LOST', facts: { queue: 'b' } });
  await client.abortReliableRead('c'); // that is what it wanted
  expect(server.chunks).toHaveLength(1);

  await client.closeReliableRead('a');
  expect(text(await client.reliableRead('b'))).toBe('a');
  expect(server.faults).toEqual([]);
});

test('a read of one queue never ends that of another, on a server that allows one over all of them', async () => {
  const { server, client } = await setup([
    [
      ['get a/close/open\r\n', 'VALUE a 0 1\r\na\r\nEND\r\n'],
      ['get b/open\r\n', 'CLIENT_ERROR close current item first\r\n', 'hang up'], // as darner answers it
    ],
  ]);
  await client.reliableRead('a');

  await client.closeReliableRead('b');
  await client.abortReliableRead('b');
  expect(await errorOf(client.reliableRead('b'))).toMatchObject({ code: 'NOT_SUPPORTED' });

  expect(await errorOf(client.closeReliableRead('a'))).toMatchObject({ code: 'LEASE_LOST' });
  expect(server.faults).toEqual([]);
});

test('reads of several queues are open side by side where the server allows it', async () => {
  const { server, client } = await setup([
    [
      ['get a/close/open\r\n', 'VALUE a 0 1\r\na\r\nEND\r\n'],
      ['get b/open\r\n', 'VALUE b 0 1\r\nb\r\nEND\r\n'],
      ['get a/close/open\r\n', 'END\r\n'],
      ['get b/close\r\n', 'END\r\n'],
    ],
  ]);

  expect(text(await client.reliableRead('a'))).toBe('a');
  expect(text(await client.reliableRead('b'))).toBe('b');
  expect(await client.reliableRead('a')).toBeUndefined();
  await client.closeReliableRead('b');

  expect(server.faults).toEqual([]);
});

test.each([
  ['a line of another protocol', 'HTTP/1.1 400 Bad Request\r\n'],
  ['the reply to something else', 'STORED\r\n'],
  ['an item that is longer than it says', 'VALUE q 0 1\r\nabc\r\nEND\r\n'],
  ['an item that is too large', `VALUE q 0 ${2 ** 30}\r\n`],
  ['a line without end', 'x'.repeat(KESTREL_LIMITS.lineBytes + 1)],
])('%s is no reply, and the connection is cut', async (_, reply) => {
  const { server, client } = await setup([[['get q/close/open\r\n', reply]]]);

  const error = await errorOf(client.reliableRead('q'));

  expect(error).toMatchObject({ code: 'BAD_MESSAGE', facts: { queue: 'q' } });
  expect(answerOf(error)).toBeUndefined();
  await server.gone();
});

test('the name in a reply is not compared with what was asked for', async () => {
  const { client } = await setup([[['get a+b/close/open\r\n', 'VALUE a 17 1\r\nx\r\nEND\r\n']]]);

  expect(text(await client.reliableRead('a+b'))).toBe('x');
});

test('sets of one turn leave in one write, and each has its own answer', async () => {
  const { server, client } = await setup([
    [
      ['stats\r\n', 'END\r\n'],
      ['set q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\nset q 0 0 1\r\nc\r\n', 'STORED\r\nNOT_STORED\r\nSTORED\r\n'],
    ],
  ]);
  await client.stats();

  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((data) => client.set('q', data)));

  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(server.chunks[0]?.slice(1)).toEqual(['set q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\nset q 0 0 1\r\nc\r\n']);
});

test('when one of them is refused for good, those behind it are not known to be stored', async () => {
  const { client } = await setup([[['set q 0 0 1\r\na\r\nset q 0 0 1\r\nb\r\n', 'SERVER_ERROR\r\n', 'hang up']]]);

  const errors = await Promise.all(['a', 'b'].map((data) => errorOf(client.set('q', data))));

  expect(errors.map(({ code }) => code)).toEqual(['BUSY', 'NO_ANSWER']);
});

test('other calls are served one after the other, in order', async () => {
  const { server, client } = await setup([
    [
      ['get q/close/open/t=9\r\n', 'END\r\n'],
      ['set q 0 0 1\r\na\r\n', 'STORED\r\n'],
      ['get q/close\r\n', 'END\r\n'],
    ],
  ]);

  await Promise.all([client.reliableRead('q', { waitMs: 9 }), client.set('q', 'a'), client.closeReliableRead('q')]);

  expect(server.chunks[0]).toHaveLength(3);
  expect(server.faults).toEqual([]);
});

test('calls that a client stops in are told so, and so is every later one', async () => {
  const { server, client } = await setup([[['get q/close/open/t=60000\r\n']]]);
  const waiting = [errorOf(client.reliableRead('q', { waitMs: 60_000 })), errorOf(client.set('q', 'a'))];
  await server.heard();

  await client.close();

  for (const error of [...(await Promise.all(waiting)), await errorOf(client.stats())])
    expect(error).toMatchObject({ code: 'STOPPED' });
  await client.close(); // once more does nothing
});

test('a client that stops while it connects is not kept', async () => {
  const { client } = await setup([[]]);
  const call = errorOf(client.stats());

  await client.close();

  expect(await call).toMatchObject({ code: 'STOPPED' });
});

test('what a server says to quit answers nothing', async () => {
  const { server, client } = await setup([
    [
      ['stats\r\n', 'END\r\n'],
      ['quit\r\n', 'ERROR \r\n', 'hang up'],
    ],
  ]); // as darner does
  await client.stats();

  await client.close();

  expect(server.faults).toEqual([]);
});

test('a server that does not end after quit is left after a second', async () => {
  const clock = new VirtualClock();
  const deaf = createServer({ allowHalfOpen: true }, (socket) =>
    socket.on('data', (bytes) => String(bytes) === 'stats\r\n' && socket.write('END\r\n')),
  );
  await once(deaf.listen(0, '127.0.0.1'), 'listening');
  const { port } = deaf.address() as { port: number };
  const client = new KestrelClient({ host: '127.0.0.1', port, clock });
  undos.push(() => deaf.close());
  await client.stats();

  const closing = client.close();
  await clock.advance(KESTREL_LIMITS.quitMs);

  await closing;
});

test('what was not sent is told before anything is', async () => {
  const { server, client } = await setup([[]], { itemBytes: 5 });

  expect(await errorOf(client.set('q', 'longer'))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', facts: { bytes: 6, maxBytes: 5 } });
  expect(await errorOf(client.set('q', ''))).toMatchObject({ code: 'BAD_OPTION' });
  expect(await errorOf(client.reliableRead('a b'))).toMatchObject({ code: 'BAD_NAME' });
  expect(server.chunks.flat()).toEqual([]);
});

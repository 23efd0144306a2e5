import { expect, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { set, setup, value } from './setup.test.kit.js';

test.each([
  ['an unknown command', 'bogus work\r\n'],
  ['DUMP_CONFIG, which is gone since 2.x', 'dump_config\r\n'],
  ['an unimplemented storage command, read whole', 'add work 0 0 5\r\nhello\r\n'],
  ['another one', 'cas work 0 0 5 1\r\nhello\r\n'],
  ['an empty line', '\r\n'],
  ['peek with open', 'get work/peek/open\r\n'],
  ['peek with close', 'get work/peek/close\r\n'],
  ['abort with open', 'get work/abort/open\r\n'],
  ['abort with close', 'get work/abort/close\r\n'],
  ['peek with abort', 'get work/peek/abort\r\n'],
  ['a GET without a queue name', 'get /open\r\n'],
  ['a SET without a queue name', 'set  0 0 5\r\nhello\r\n'],
  ['an unknown status level', 'status sideways\r\n'],
  ['a status that cannot be set', 'status down\r\n'],
])('%s is CLIENT_ERROR, and the connection closes', async (_, text) => {
  const wire = await (await setup()).connect();

  await wire.send(`${text}version\r\n`).hears('CLIENT_ERROR\r\n');
  await wire.isHungUpOn();
});

test.each([
  ['get alone', 'get\r\n'],
  ['delete alone', 'delete\r\n'],
  ['flush alone', 'flush\r\n'],
  ['confirm without a count', 'confirm work\r\n'],
  ['monitor without seconds', 'monitor work\r\n'],
  ['flags that are no number', 'set work x 0 5\r\nhello\r\n'],
  ['flags of more than 32 bits', 'set work 4294967296 0 5\r\nhello\r\n'],
])('%s is CLIENT_ERROR, and the connection stays', async (_, text) => {
  const wire = await (await setup()).connect();

  await wire.asks(text, 'CLIENT_ERROR\r\n');
  await wire.asks('version\r\n', 'VERSION 2.4.7\r\n');
});

test('a plain GET beside an open read of its queue is ERROR, and everything that is open comes back', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  await one.asks(set('work', 'a') + set('work', 'b') + set('else', 'c'), 'STORED\r\n'.repeat(3));
  await one.asks('get work/open\r\n', value('work', 'a'));
  await one.asks('get work/peek\r\n', value('work', 'b'));
  await one.asks('get else\r\n', value('else', 'c'));

  await one.send('get work\r\n').hears('ERROR\r\n');
  await one.isHungUpOn();
  await settle();
  await other.asks('get work\r\n', value('work', 'a'));
});

test('open several reads on one queue and on several, but not if limited: one more than the limit is ERROR, and all come back', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  const items = Array.from({ length: BOUNDS.openReads + 1 }, (_, at) => `item-${at}`);
  for (const queue of ['work', 'else'])
    await one.asks(items.map((item) => set(queue, item)).join(''), 'STORED\r\n'.repeat(items.length));
  for (const item of items.slice(0, -1)) await one.asks('get work/open\r\n', value('work', item));
  await one.asks('get else/open\r\n', value('else', 'item-0'));

  await one.send('get work/open\r\n').hears('ERROR\r\n');
  await one.isHungUpOn();
  await settle();
  await other.asks('get work\r\n', value('work', `item-${BOUNDS.openReads - 1}`));
  await other.asks('get else\r\n', value('else', 'item-0'));
});

test('CONFIRM of more reads than are open is ERROR, closes none of them, and the connection stays', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  for (const item of ['1', '2', '3']) await one.asks(set('work', item), 'STORED\r\n');
  for (const item of ['1', '2', '3']) await one.asks('get work/open\r\n', value('work', item));

  await one.asks('confirm work 4\r\n', 'ERROR\r\n');
  await one.asks('confirm nowhere 1\r\n', 'ERROR\r\n');
  await one.asks('confirm work 2\r\n', 'END\r\n');
  await one.asks('confirm work 0\r\n', 'END\r\n');
  one.destroy();
  await settle();
  await other.asks('get work\r\n', value('work', '3'));
  await other.asks('get work\r\n', 'END\r\n');
});

test.each([
  ['GET', 'get a.b\r\n'],
  ['GET', 'get a~b/open\r\n'],
  ['SET', 'set a.b 0 0 5\r\nhello\r\n'],
  ['MONITOR', 'monitor a.b 1\r\n'],
  ['a name that is too long here', `get ${'x'.repeat(64)}\r\n`],
  ['a SET of such a name', `set ${'x'.repeat(64)} 0 0 5\r\nhello\r\n`],
])('%s of an illegal queue name gets no answer, and the connection closes', async (_, text) => {
  const wire = await (await setup()).connect();

  await wire.send(`${text}version\r\n`).isHungUpOn();
});

test.each([
  ['t=', 'get work/t=soon\r\n'],
  ['a wait past 2^31 - 1', 'get work/t=2147483648\r\n'],
  ['an expiry', 'set work 0 soon 5\r\nhello\r\n'],
  ['MONITOR seconds', 'monitor work soon\r\n'],
  ['the bytes of a storage line', 'set work 0 0 many\r\n'],
  ['a storage line of four words', 'set work 0 0\r\n'],
])('%s that is no number gets no answer, and the connection closes', async (_, text) => {
  const wire = await (await setup()).connect();

  await wire.send(text).isHungUpOn();
});

test('illegal names hurt nobody who only asks for what is not there', async () => {
  const wire = await (await setup()).connect();

  await wire.asks('get a.b/close\r\n', 'END\r\n');
  await wire.asks('get a.b/abort\r\n', 'END\r\n');
  await wire.asks('delete a.b\r\n', 'DELETED\r\n');
  await wire.asks('flush a.b\r\n', 'END\r\n');
  await wire.asks('flush_expired a.b\r\n', '0\r\n');
});

test('a queue that is full and an item that is too large are NOT_STORED, and the connection stays', async () => {
  const { connect, client } = await setup();
  await client.tenant('dev').set('work', { maxItems: 1, maxItemBytes: 10 });
  const wire = await connect();

  await wire.asks(set('work', 'far too large'), 'NOT_STORED\r\n');
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  await wire.asks(set('work', 'b'), 'NOT_STORED\r\n');
  await wire.asks(`set work 0 0 ${BOUNDS.itemBytes + 1}\r\n${'x'.repeat(BOUNDS.itemBytes + 1)}\r\n`, 'NOT_STORED\r\n');
  await wire.asks('get work\r\n', value('work', 'a'));
});

test('why an item is not stored is in the log, once for all that come in a short while', async () => {
  const { ask, connect, lines, advance } = await setup();
  await ask('control', { queue: 'work', set: { maxItems: 1 }, clear: [] }, { timeoutMs: 1_000 });
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');

  await wire.asks(set('work', 'b').repeat(20), 'NOT_STORED\r\n'.repeat(20));
  const told = () => lines.filter(({ message }) => message === 'item not stored').map(({ facts }) => facts);
  expect(told()).toEqual([{ code: 'QUEUE_FULL', queue: 'work' }]);

  await advance(BOUNDS.complainMs);
  await wire.asks(set('work', 'b'), 'NOT_STORED\r\n');
  expect(told().at(-1)).toEqual({ code: 'QUEUE_FULL', queue: 'work', more: 19 });
});

test('what the status forbids is SERVER_ERROR, and the connection closes', async () => {
  const { connect } = await setup();
  const refused = async (text: string) => {
    const wire = await connect();
    await wire.send(text).hears('SERVER_ERROR\r\n');
    await wire.isHungUpOn();
  };
  const holder = await connect();
  const operator = await connect();
  await holder.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');
  await holder.asks('get work/open\r\n', value('work', 'a'));

  await operator.asks('status\r\n', 'UP\r\n');
  await operator.asks('STATUS ReadOnly\r\n', 'END\r\n');
  await operator.asks('status\r\n', 'READONLY\r\n');
  for (const text of [set('work', 'c'), 'delete work\r\n', 'flush work\r\n', 'flush_all\r\n']) await refused(text);
  await operator.asks('get work/peek\r\n', value('work', 'b'));

  await operator.asks('status quiescent\r\n', 'END\r\n');
  for (const text of [set('work', 'c'), 'get work\r\n', 'get work/open\r\n', 'get work/peek\r\n', 'monitor work 1\r\n'])
    await refused(text);
  await holder.asks('get work/close\r\n', 'END\r\n');

  await operator.asks('status writeavoid\r\n', 'END\r\n');
  await operator.asks(set('work', 'c'), 'STORED\r\n');
  await operator.asks('status up\r\n', 'END\r\n');
  await operator.asks('get work\r\n', value('work', 'b'));
});

test('a status that a client sets is in the log, one that is so already is not', async () => {
  const { connect, lines } = await setup();
  const wire = await connect();

  await wire.asks('status up\r\nstatus readonly\r\nstatus readonly\r\nstatus up\r\n', 'END\r\n'.repeat(4));

  expect(lines.filter(({ message }) => message === 'kestrel status set').map(({ facts }) => facts)).toEqual([
    { status: 'READONLY', before: 'UP' },
    { status: 'UP', before: 'READONLY' },
  ]);
});

test('SHUTDOWN is refused unless it is allowed', async () => {
  let ended = 0;
  const { connect, openDoor, connectTo, lines } = await setup();
  const refused = await connect();
  await refused.send('shutdown\r\n').hears('SERVER_ERROR\r\n');
  await refused.isHungUpOn();
  expect(lines.find(({ message }) => message === 'shutdown refused')?.facts.remedy).toMatch(/--kestrel-shutdown/);

  const allowed = await connectTo(await openDoor({ shutdown: () => ended++ }));
  await allowed.send('shutdown\r\n').isHungUpOn();
  expect(ended).toBe(1);
});

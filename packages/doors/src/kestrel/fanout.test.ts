import { LIMITS } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

test('fan-out on the fly: a child comes into being when it is first named, even by a GET that finds nothing, and has no backlog', async () => {
  const { connect, client } = await setup();
  const wire = await connect();
  await wire.asks(set('orders', 'before'), 'STORED\r\n');
  await wire.asks('get orders+audit\r\n', 'END\r\n');

  await wire.asks(set('orders', 'both'), 'STORED\r\n');
  await wire.asks('get orders+audit\r\n', value('orders+audit', 'both'));
  await wire.asks('get orders\r\n', value('orders', 'before'));
  await wire.asks('get orders\r\n', value('orders', 'both'));
  expect(await client.tenant('dev').settings()).toEqual([{ queue: 'orders', settings: { fanout: 'x--orders_2baudit' } }]);
});

test('one may set on a child too, and then only it has the item', async () => {
  const wire = await (await setup()).connect();

  await wire.asks(set('orders+audit', 'mine'), 'STORED\r\n');
  await wire.asks('get orders\r\n', 'END\r\n');
  await wire.asks('get orders+audit\r\n', value('orders+audit', 'mine'));
});

test('fan-out preload: children that are registered are fed by a door that has not heard of them', async () => {
  const { connect, openDoor, connectTo } = await setup();
  await (await connect()).asks('get orders+audit\r\n', 'END\r\n');

  const other = await connectTo(await openDoor());
  await other.asks(set('orders', 'a'), 'STORED\r\n');
  await other.asks('get orders+audit\r\n', value('orders+audit', 'a'));
});

test('only what stands before the first + is the parent', async () => {
  const wire = await (await setup()).connect();
  await wire.asks('get a+b+c\r\n', 'END\r\n');

  await wire.asks(set('a+b', 'ab') + set('a', 'a'), 'STORED\r\nSTORED\r\n');
  await wire.asks('get a+b+c\r\n', value('a+b+c', 'a'));
  await wire.asks('get a+b+c\r\n', 'END\r\n');
  await wire.asks('get a+b\r\n', value('a+b', 'ab'));
  await wire.asks('get a+b\r\n', value('a+b', 'a'));
});

test('the reply is the parent’s alone, expiry is copied, and each has its own count', async () => {
  const { connect, client, advance } = await setup();
  const wire = await connect();
  await wire.asks('get orders+audit\r\n', 'END\r\n');
  await client.tenant('dev').set('x--orders_2baudit', { maxItems: 1 });
  await wire.asks('reload\r\n', 'Reloaded config.\r\n');

  await wire.asks(set('orders', 'a', 1) + set('orders', 'b'), 'STORED\r\nSTORED\r\n');
  await advance(1_025);
  await wire.asks('get orders+audit\r\n', 'END\r\n');
  await wire.asks('get orders\r\n', value('orders', 'b'));
});

test('a child takes over what its parent bounds', async () => {
  const { connect, client } = await setup();
  await client.tenant('dev').set('orders', { maxItems: 1, whenFull: 'drop-oldest' });
  const wire = await connect();
  await wire.asks('get orders+audit\r\n', 'END\r\n');

  await wire.asks(set('orders', 'a') + set('orders', 'b'), 'STORED\r\nSTORED\r\n');
  await wire.asks('get orders+audit\r\n', value('orders+audit', 'b'));
  await wire.asks('get orders+audit\r\n', 'END\r\n');
});

test('fan-out delete: of a child ends its feed until it is named again; of a parent keeps its children', async () => {
  const wire = await (await setup()).connect();
  await wire.asks('get orders+one\r\n', 'END\r\n');
  await wire.asks('get orders+two\r\n', 'END\r\n');
  await wire.asks('delete orders+one\r\n', 'DELETED\r\n');
  await wire.asks('delete orders\r\n', 'DELETED\r\n');

  await wire.asks(set('orders', 'a'), 'STORED\r\n');
  await wire.asks('get orders+one\r\n', 'END\r\n');
  await wire.asks('get orders+two\r\n', value('orders+two', 'a'));
  await wire.asks(set('orders', 'b'), 'STORED\r\n');
  await wire.asks('get orders+one\r\n', value('orders+one', 'b'));
});

test('fan-out pass-through: a parent that keeps nothing stores in its children, and without any it is a black hole', async () => {
  const { connect, client } = await setup();
  await client.tenant('dev').set('orders', { fanoutOnly: true });
  const wire = await connect();
  await wire.asks(set('orders', 'gone'), 'STORED\r\n');
  await wire.asks('get orders+audit\r\n', 'END\r\n');

  await wire.asks(set('orders', 'a'), 'STORED\r\n');
  await wire.asks('get orders\r\n', 'END\r\n');
  await wire.asks('get orders+audit\r\n', value('orders+audit', 'a'));
});

test('an alias copies to its queues and their children, and is STORED only when all of them are', async () => {
  const { connect, client } = await setup();
  const wire = await connect();
  await wire.asks('get one+child\r\n', 'END\r\n');
  await client.tenant('dev').set('all', { fanoutOnly: true, fanout: 'one,two' });
  await client.tenant('dev').set('two', { maxItems: 1 });
  await wire.asks('reload\r\n', 'Reloaded config.\r\n');

  await wire.asks(set('all', 'a') + set('all', 'b'), 'STORED\r\nNOT_STORED\r\n');
  await wire.asks('get one\r\n', value('one', 'a'));
  await wire.asks('get one+child\r\n', value('one+child', 'a'));
  await wire.asks('flush all\r\n', 'END\r\n');
  await wire.asks('delete all\r\n', 'DELETED\r\n');
  await wire.asks('get two\r\n', value('two', 'a'));
  await wire.asks('get all\r\n', 'END\r\n');
  await wire.asks('get all/t=100000\r\n', 'END\r\n');
  await wire.asks('get all/peek\r\n', 'END\r\n');
  await wire.asks('dump_stats all\r\n', "queue 'all' {\r\n  put_items=2\r\n  put_bytes=2\r\n  children=one,two\r\n}\r\nEND\r\n");
});

test('aliases that lead to one another end', async () => {
  const { connect, client } = await setup();
  await client.tenant('dev').set('one', { fanoutOnly: true, fanout: 'two' });
  await client.tenant('dev').set('two', { fanout: 'one' });
  const wire = await connect();

  await wire.asks(set('one', 'a'), 'STORED\r\n');
  await wire.asks('get two\r\n', value('two', 'a'));
  await wire.asks('get two\r\n', 'END\r\n');
});

test('children of a parent are among its statistics', async () => {
  const wire = await (await setup()).connect();
  await wire.asks('get orders+b\r\n', 'END\r\n');
  await wire.asks('get orders+a\r\n', 'END\r\n');
  await wire.asks('get orders\r\n', 'END\r\n');

  wire.send('dump_stats orders\r\nversion\r\n');
  expect(await wire.until('VERSION 2.4.7\r\n')).toContain('  journal_rotations=0\r\n  children=orders+b,orders+a\r\n}\r\nEND\r\n');
});

test('a child more than a parent may have is refused in words, and leaves no settings behind', async () => {
  const scene = await setup();
  await scene.client.tenant('dev').set('orders', { maxItems: 1_000 });
  const wire = await scene.connect();
  for (let at = 0; at < LIMITS.fanoutQueues; at++) await wire.asks(`get orders+${at}\r\n`, 'END\r\n');

  await wire.send('get orders+more\r\n').hears('SERVER_ERROR\r\n');
  await wire.isHungUpOn();

  expect(scene.lines.find(({ message }) => message === 'request failed')?.facts).toMatchObject({ code: 'BAD_OPTION' });
  const { settings } = await scene.ask('settings', {}, { timeoutMs: 1_000 });
  expect(settings).toHaveLength(1 + LIMITS.fanoutQueues);
});

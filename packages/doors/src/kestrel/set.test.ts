import { expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

test('flags are read and forgotten, a sixth word is ignored and answered, a blank behind the count does no harm', async () => {
  const wire = await (await setup()).connect();

  await wire.asks('set work -2147483648 0 1\r\na\r\n', 'STORED\r\n');
  await wire.asks('SET work 2147483647 0 1 noreply\r\nb\r\n', 'STORED\r\n');
  await wire.asks('set work 5 0 1 \nc\r\n', 'STORED\r\n');
  for (const item of ['a', 'b', 'c']) await wire.asks('get work\r\n', value('work', item));
});

test('the two bytes behind an item are thrown away unchecked', async () => {
  const wire = await (await setup()).connect();

  await wire.asks('set work 0 0 5\r\nhelloXXget work\r\n', `STORED\r\n${value('work', 'hello')}`);
});

test('honor max_items', async () => {
  const { connect, client } = await setup();
  await client.tenant('dev').set('work', { maxItems: 2 });
  const wire = await connect();

  await wire.asks(set('work', '1') + set('work', '2') + set('work', '3'), 'STORED\r\nSTORED\r\nNOT_STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', '1'));
  await wire.asks(set('work', '3'), 'STORED\r\n'); // what is open does not wait
});

test('honor max_size', async () => {
  const { connect, client } = await setup();
  await client.tenant('dev').set('work', { maxBytes: 10 });
  const wire = await connect();

  await wire.asks(set('work', '12345678') + set('work', '123'), 'STORED\r\nNOT_STORED\r\n');
  await wire.asks(set('work', '12'), 'STORED\r\n');
});

test('drop older when full', async () => {
  const { connect, client } = await setup();
  await client.tenant('dev').set('work', { maxItems: 2, whenFull: 'drop-oldest' });
  const wire = await connect();

  for (const item of ['1', '2', '3']) await wire.asks(set('work', item), 'STORED\r\n');
  await wire.asks('get work\r\n', value('work', '2'));
  await wire.asks('get work\r\n', value('work', '3'));
  await wire.send('dump_stats work\r\n').hears("queue 'work' {\r\n  items=0\r\n");
  await new Promise(setImmediate);
  expect(wire.heard).toContain('  discarded=1\r\n');
});

test('honor max_age', async () => {
  const { connect, client, advance } = await setup();
  await client.tenant('dev').set('work', { maxAgeMs: 1_000 });
  const wire = await connect();
  await wire.asks(set('work', 'bounded') + set('work', 'its own', 100), 'STORED\r\nSTORED\r\n');
  await wire.asks(set('else', 'unbounded'), 'STORED\r\n');

  await advance(1_025);
  await wire.asks('get work\r\n', 'END\r\n');
  await wire.asks('get else\r\n', value('else', 'unbounded'));
});

test('move expired items: to the tail of another queue, with no expiry of their own, and out of no fan-out', async () => {
  const { connect, client, advance } = await setup();
  await client.tenant('dev').set('delayed', { expireTo: 'work', fanout: '' });
  const wire = await connect();
  await wire.asks('get work+copy\r\n', 'END\r\n');
  await wire.asks(set('delayed', 'later', 2) + set('delayed', 'sooner', 1), 'STORED\r\nSTORED\r\n');
  await wire.asks(set('delayed', 'at once', -1), 'STORED\r\n');
  await wire.asks('get work\r\n', value('work', 'at once'));

  await advance(1_025);
  await wire.asks('get work\r\n', value('work', 'sooner')); // an item that is over waits behind nobody
  await advance(1_000);
  await advance(3_600_000 / 100);
  await wire.asks('get work\r\n', value('work', 'later'));
  await wire.asks('get work+copy\r\n', 'END\r\n');
});

test('expire over maxExpireSweep: however many are over, none is handed out', async () => {
  const { connect, advance } = await setup();
  const wire = await connect();
  const many = Array.from({ length: 300 }, () => set('work', 'over', 1)).join('');
  await wire.asks(many, 'STORED\r\n'.repeat(300));
  await wire.asks(set('work', 'alive'), 'STORED\r\n');

  await advance(1_100);
  await wire.asks('get work\r\n', value('work', 'alive'));
  await wire.asks('flush_expired work\r\n', '300\r\n');
  await wire.asks('flush_expired work\r\n', '0\r\n');
});

test('FLUSH_EXPIRED and FLUSH_ALL_EXPIRED tell what expired since they were asked last', async () => {
  const { connect, advance } = await setup();
  const wire = await connect();
  await wire.asks(set('one', 'a', 1) + set('one', 'b', -1) + set('two', 'c', 1) + set('two', 'd'), 'STORED\r\n'.repeat(4));

  await advance(1_100);
  await wire.asks('flush_expired one\r\n', '2\r\n');
  await wire.asks('flush_all_expired\r\n', '1\r\n');
  await wire.asks('flush_all_expired\r\n', '0\r\n');
  await wire.asks('get two\r\n', value('two', 'd'));
});

test('pipelined sets are one message to a broker, and so are those of other connections in the same turn', async () => {
  const scene = await setup();
  const wires = await Promise.all(Array.from({ length: 10 }, () => scene.connect()));
  await wires[0]?.asks(set('work', 'warm'), 'STORED\r\n');
  const before = scene.enqueues();

  const many = Array.from({ length: 50 }, (_, at) => set('work', String(at))).join('');
  for (const wire of wires) wire.send(many);
  await Promise.all(wires.map((wire) => wire.hears('STORED\r\n'.repeat(50))));
  expect(scene.enqueues() - before).toBeLessThan(20);

  const stats = await scene.ask('queues', {}, { timeoutMs: 100 });
  expect(stats.queues).toMatchObject([{ queue: 'work', ready: 501 }]);
});

test('items stand in the order of their connection, however many messages they fill', async () => {
  const { connect } = await setup();
  const wire = await connect();
  const items = Array.from({ length: 1_500 }, (_, at) => `${at}-${'x'.repeat(1_000)}`);

  await wire.asks(items.map((item) => set('work', item)).join(''), 'STORED\r\n'.repeat(items.length));
  await wire.asks('get work\r\n'.repeat(items.length), items.map((item) => value('work', item)).join(''));
});

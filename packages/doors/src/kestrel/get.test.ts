import { expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

test('options come in any order, unknown ones are ignored, GETS is GET, and only the first word of a command may be in any case', async () => {
  const wire = await (await setup()).connect();
  await wire.asks(set('work', 'a') + set('work', 'b') + set('work', 'c') + set('WORK', 'd'), 'STORED\r\n'.repeat(4));

  await wire.asks('GET work/open/t=10/strange/close\r\n', value('work', 'a'));
  await wire.asks('gets work/t=10/close/open other keys\r\n', value('work', 'b'));
  await wire.asks('get work/close\n', 'END\r\n');
  await wire.asks('get WORK   \r\n', value('WORK', 'd'));
  await wire.asks('get work\r\n', value('work', 'c'));
});

test('peek: a copy of the head, also while reads are open', async () => {
  const wire = await (await setup()).connect();
  await wire.asks('get work/peek\r\n', 'END\r\n');
  await wire.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');

  await wire.asks('get work/peek\r\n', value('work', 'a'));
  await wire.asks('get work/open\r\n', value('work', 'a'));
  await wire.asks('get work/peek\r\n', value('work', 'b'));
  await wire.asks('get work/abort\r\n', 'END\r\n');
  await wire.asks('get work/peek\r\n', value('work', 'a'));
});

test('a peek may wait', async () => {
  const { connect, advance } = await setup();
  const [one, other] = [await connect(), await connect()];

  one.send('get work/peek/t=1000\r\n');
  await advance(300);
  await other.asks(set('work', 'a'), 'STORED\r\n');
  await advance(250);
  await one.hears(value('work', 'a'));
  await other.asks('get work\r\n', value('work', 'a'));
  one.send('get work/peek/t=100\r\n');
  await advance(125);
  await one.hears('END\r\n');
});

test('t= waits so long and no longer; 0 and less do not wait', async () => {
  const { connect, advance } = await setup();
  const wire = await connect();

  await wire.asks('get work/t=0\r\n', 'END\r\n');
  await wire.asks('get work/t=-5\r\n', 'END\r\n');
  wire.send('get work/t=110\r\n');
  await advance(100);
  expect(wire.heard).toBe('');
  await advance(15);
  await wire.hears('END\r\n');
});

test('a wait that is longer than a broker parks goes on, and ends with the item', async () => {
  const { connect, advance } = await setup();
  const [one, other] = [await connect(), await connect()];

  one.send('get work/t=60000\r\n');
  await advance(31_000);
  expect(one.heard).toBe('');
  await other.asks(set('work', 'a'), 'STORED\r\n');
  await one.hears(value('work', 'a'));
});

test('waiting clients are served first come, first served, one for each item', async () => {
  const { connect, settle } = await setup();
  const producer = await connect();
  const wires = [];
  for (let n = 0; n < 5; n++) {
    const wire = await connect();
    wire.send('get work/t=10000\r\n');
    await settle();
    wires.push(wire);
  }

  for (const [at, wire] of wires.entries()) {
    await producer.asks(set('work', `item-${at}`), 'STORED\r\n');
    await wire.hears(value('work', `item-${at}`));
  }
});

test('handoff an item in the face of disconnected clients', async () => {
  const { connect, settle, door } = await setup();
  const producer = await connect();
  const wires = [];
  for (let n = 0; n < 4; n++) {
    const wire = await connect();
    wire.send(n % 2 === 0 ? 'get work/t=10000\r\n' : 'get work/t=10000/open\r\n');
    await settle();
    wires.push(wire);
  }
  for (const wire of wires.slice(0, 3)) wire.destroy();
  await settle();
  expect(door.waiting).toBe(1);

  await producer.asks(set('work', 'a'), 'STORED\r\n');
  await wires[3]?.hears(value('work', 'a'));
});

test('handoff an item immediately after disconnecting', async () => {
  const { connect, settle } = await setup();
  const [producer, gone, next] = [await connect(), await connect(), await connect()];
  gone.send('get work/t=10000/open\r\n');
  await settle();
  next.send('get work/t=10000\r\n');
  await settle();

  await producer.asks(set('work', 'a'), 'STORED\r\n');
  await gone.hears(value('work', 'a'));
  gone.destroy();
  await next.hears(value('work', 'a'));
});

test('nothing is lost to a client that went away as its item came, and there is nobody else: it is there again at once', async () => {
  const { connect, settle } = await setup();
  const [producer, gone, late] = [await connect(), await connect(), await connect()];
  gone.send('get work/t=10000\r\n');
  await settle();
  gone.destroy();
  await settle();

  await producer.asks(set('work', 'a'), 'STORED\r\n');
  await settle();
  await late.asks('get work\r\n', value('work', 'a'));
});

test('cancel the timer for a long-poll on disconnect', async () => {
  const { connect, settle, advance, clock, door } = await setup();
  const wire = await connect();
  await wire.asks('get work\r\n', 'END\r\n');
  await advance(10_000);
  const before = clock.pending;
  wire.send('get work/t=1000000\r\n');
  await settle();
  expect(door.waiting).toBe(1);

  wire.destroy();
  await settle();
  expect(door.waiting).toBe(0);
  await advance(10_000); // what was parked at the broker for it is over
  expect(clock.pending).toBeLessThanOrEqual(before);
});

test('a waiting GET holds up what is pipelined behind it, and only that', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];

  one.send(`get work/t=10000\r\n${set('else', 'b')}version\r\n`);
  await settle();
  await other.asks('get else\r\n', 'END\r\n');
  await other.asks(set('work', 'a'), 'STORED\r\n');
  await one.hears(`${value('work', 'a')}STORED\r\nVERSION 2.4.7\r\n`);
  await other.asks('get else\r\n', value('else', 'b'));
});

test('queue name required; the prefix of the namespace may be there or not, and the answer calls the queue as the client did', async () => {
  const wire = await (await setup()).connect();
  await wire.asks(set('enterprise_hello_world', 'a') + set('hello_world', 'b'), 'STORED\r\nSTORED\r\n');

  await wire.asks('get hello_world/open\r\n', value('hello_world', 'a'));
  await wire.asks('get enterprise_hello_world/close/open\r\n', value('enterprise_hello_world', 'b'));
  await wire.asks('get hello_world/close\r\n', 'END\r\n');
  await wire.asks(set('enterprise_', 'c'), 'STORED\r\n');
  await wire.asks('get enterprise_\r\n', value('enterprise_', 'c'));
});

test.each(['mail:out', 'x--a', '-', 'a_b-c', '\u00e9t\u00e9', '@'])('%s is the name of a queue', async (name) => {
  const wire = await (await setup()).connect();

  await wire.asks(set(name, 'a'), 'STORED\r\n');
  await wire.asks(`get ${name}\r\n`, value(name, 'a'));
});

test('a wait that is shorter than the way to a broker finds what is there all the same', async () => {
  const { connect, advance, slow } = await setup();
  const [one, other] = [await connect(), await connect()];
  await one.asks('get work\r\n', 'END\r\n');
  await other.asks(set('work', 'a'), 'STORED\r\n');

  slow(20);
  one.send('get work/t=1\r\n');
  await advance(75);
  await one.hears(value('work', 'a'));
  one.send('get work/t=1\r\n');
  await advance(100);
  await one.hears('END\r\n');
});

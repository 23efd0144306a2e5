import { expect, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { set, setup, value } from './setup.test.kit.js';

test('brokers that are away for a moment cost a moment', async () => {
  const { connect, advance, cut, heal } = await setup();
  const [one, other] = [await connect(), await connect()];
  await one.asks(set('work', 'a'), 'STORED\r\n');

  cut();
  one.send('get work\r\n');
  other.send(set('else', 'b'));
  await advance(1_500);
  expect([one.heard, other.heard]).toEqual(['', '']);
  heal();
  await advance(1_500);
  await one.hears(value('work', 'a'));
  await other.hears('STORED\r\n');
});

test('nobody to be asked is not an empty queue: SERVER_ERROR, and the connection closes', async () => {
  const { connect, advance, cut } = await setup();
  const wires = await Promise.all([1, 2, 3, 4, 5].map(() => connect()));
  const [reading, waiting, writing, telling, flushing] = wires;
  await writing?.asks(set('work', 'a'), 'STORED\r\n');
  await reading?.asks('get else\r\n', 'END\r\n');

  cut();
  reading?.send('get work\r\n');
  waiting?.send('get work/t=500\r\n');
  writing?.send(set('work', 'b'));
  telling?.send('stats\r\n');
  flushing?.send('flush work\r\n');
  await advance(BOUNDS.answerMs + 4_000);
  for (const wire of wires) {
    await wire.hears('SERVER_ERROR\r\n');
    await wire.isHungUpOn();
  }
});

test('of a set whose storing is in doubt the client hears SERVER_ERROR, and the log why', async () => {
  const { connect, advance, cut, lines } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');

  cut();
  wire.send(set('work', 'b').repeat(3));
  await advance(BOUNDS.answerMs + 4_000);
  await wire.hears('SERVER_ERROR\r\n');
  await wire.isHungUpOn();
  expect(lines.filter(({ message }) => message === 'set failed').map(({ facts }) => facts)).toEqual([
    { code: 'NO_ANSWER', queue: 'work', err: expect.objectContaining({ code: 'NO_ANSWER' }) },
  ]);
});

test('a close that nobody took is no END', async () => {
  const { connect, advance, cut } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', 'a'));

  cut();
  wire.send('get work/close\r\n');
  await advance(BOUNDS.settleForMs + 5_000);
  await wire.hears('SERVER_ERROR\r\n');
  await wire.isHungUpOn();
});

test('recover with open transactions: reads of a door that is gone come back when their leases end', async () => {
  const { connect, advance, openDoor, connectTo, severDoor } = await setup();
  const wire = await connect();
  for (const item of ['1', '2', '3']) await wire.asks(set('work', item), 'STORED\r\n');
  for (const item of ['1', '2']) await wire.asks('get work/open\r\n', value('work', item));
  await advance(2_000);

  severDoor();
  const other = await connectTo(await openDoor());
  await other.asks('get work\r\n', value('work', '3'));
  await other.asks('get work\r\n', 'END\r\n');
  await advance(BOUNDS.holdMs + 1_000);
  const back = [];
  for (let n = 0; n < 2; n++) {
    other.send('get work\r\n');
    back.push((await other.until('END\r\n')).split('\r\n')[1]);
  }
  expect(back.sort()).toEqual(['1', '2']);
});

test('or at once, when somebody who saw it end tells the brokers', async () => {
  const { connect, advance, openDoor, connectTo, severDoor, tellGone } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', 'a'));
  await advance(2_000);

  severDoor();
  tellGone('door-0');
  const other = await connectTo(await openDoor());
  other.send('get work/t=5000\r\n');
  await advance(1_000);
  await other.hears(value('work', 'a'));
});

test('a door that closes gives back what is open, ends who waits, and stores nothing more', async () => {
  const { connect, door, openDoor, connectTo, settle } = await setup();
  const [open, waiting] = [await connect(), await connect()];
  for (const item of ['1', '2']) await open.asks(set('work', item), 'STORED\r\n');
  for (const item of ['1', '2']) await open.asks('get work/open\r\n', value('work', item));
  waiting.send('get else/t=100000\r\n');
  await settle();

  await door.close();
  await open.isHungUpOn();
  await waiting.rest();
  const other = await connectTo(await openDoor());
  for (const item of ['2', '1']) await other.asks('get work\r\n', value('work', item));
});

test('a lease that was lost meanwhile is told in the log, and its close is END', async () => {
  const { connect, advance, cut, heal, lines, openDoor, connectTo } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', 'a'));
  await advance(2_000);

  cut();
  await advance(BOUNDS.holdMs + 5_000);
  heal();
  const other = await connectTo(await openDoor());
  other.send('get work/t=5000\r\n');
  await advance(1_500);
  await other.hears(value('work', 'a'));
  await advance(3_000);
  expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'open read lost' }));
  await wire.asks('get work/close\r\n', 'END\r\n');
});

test('an abort that nobody takes leaves nothing behind: its item comes back when its lease ends', async () => {
  const { connect, advance, cut, heal, door, openDoor, connectTo } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', 'a'));
  await advance(2_000);

  cut();
  wire.send('get work/abort\r\n');
  await advance(BOUNDS.settleForMs + 10_000);
  await wire.hears('SERVER_ERROR\r\n');
  expect(door.held).toBe(0);
  heal();
  const other = await connectTo(await openDoor());
  other.send('get work/t=5000\r\n');
  await advance(1_500);
  await other.hears(value('work', 'a'));
});

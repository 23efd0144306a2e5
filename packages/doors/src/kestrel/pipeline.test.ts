import { expect, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { set, setup, value } from './setup.test.kit.js';

test('requests that come in one packet are answered in their order', async () => {
  const wire = await (await setup()).connect();

  await wire.asks(
    [set('work', 'a'), 'get work/open\r\n', set('work', 'b'), 'get work/close/open\r\n', 'get else\r\n', 'confirm work 1\r\n'].join(
      '',
    ),
    ['STORED\r\n', value('work', 'a'), 'STORED\r\n', value('work', 'b'), 'END\r\n', 'END\r\n'].join(''),
  );
});

test('gets that come together are served together, each with its own item, and the last ones with END', async () => {
  const wire = await (await setup()).connect();
  const items = Array.from({ length: 10 }, (_, at) => `item-${at}`);
  await wire.asks(items.map((item) => set('work', item)).join(''), 'STORED\r\n'.repeat(10));

  await wire.asks('get work\r\n'.repeat(12), `${items.map((item) => value('work', item)).join('')}END\r\nEND\r\n`);
});

test('so are those that open; over the limit none is taken ahead', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  const items = Array.from({ length: BOUNDS.openReads + 5 }, (_, at) => `item-${at}`);
  await one.asks(items.map((item) => set('work', item)).join(''), 'STORED\r\n'.repeat(items.length));

  one.send('get work/open\r\n'.repeat(items.length));
  const opened = items.slice(0, BOUNDS.openReads);
  await one.hears(`${opened.map((item) => value('work', item)).join('')}ERROR\r\n`);
  await one.isHungUpOn();
  await settle();
  const back = [...opened.reverse(), ...items.slice(BOUNDS.openReads)];
  for (const item of back) await other.asks('get work\r\n', value('work', item));
});

test('and those that close what they opened before', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  for (const item of ['1', '2', '3', '4', '5']) await one.asks(set('work', item), 'STORED\r\n');

  await one.asks('get work/close/open\r\n'.repeat(4), ['1', '2', '3', '4'].map((item) => value('work', item)).join(''));
  one.destroy();
  await settle();
  await other.asks('get work\r\n', value('work', '4'));
  await other.asks('get work\r\n', value('work', '5'));
});

test('what was taken ahead for a client that goes stands where it stood', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  const items = Array.from({ length: 40 }, (_, at) => `${at}-${'x'.repeat(100_000)}`);
  for (const item of items) await other.asks(set('work', item), 'STORED\r\n');

  one.socket.pause();
  one.send('get work/open\r\n'.repeat(40));
  await settle();
  one.destroy();
  await settle();
  const seen = [];
  for (let n = 0; n < items.length; n++) {
    other.send('get work\r\n');
    seen.push((await other.until('END\r\n')).split('\r\n')[1]);
  }
  expect([...seen].sort()).toEqual([...items].sort());
});

test('gets that wait and come together take what is there, and then wait one by one', async () => {
  const { connect, settle } = await setup();
  const [one, two, producer] = [await connect(), await connect(), await connect()];
  await producer.asks(set('work', 'there'), 'STORED\r\n');

  one.send('get work/t=60000\r\n'.repeat(3));
  await one.hears(value('work', 'there'));
  await settle();
  two.send('get work/t=60000\r\n');
  await settle();
  await producer.asks(set('work', '1') + set('work', '2') + set('work', '3'), 'STORED\r\n'.repeat(3));
  await one.hears(value('work', '1'));
  await two.hears(value('work', '2'));
  await one.hears(value('work', '3'));
});

test('a client that does not read is not served for ever: its items wait for it, not in memory', async () => {
  const { connect, settle, ask } = await setup();
  const [slow, producer] = [await connect(), await connect()];
  const item = 'x'.repeat(200_000);
  for (let n = 0; n < 100; n++) await producer.asks(set('work', item), 'STORED\r\n');

  slow.socket.pause();
  slow.send('get work\r\n'.repeat(100));
  await settle();
  await settle();
  const before = (await ask('queues', {}, { timeoutMs: 100 })).queues[0]?.ready ?? 0;
  expect(before).toBeGreaterThan(10);

  slow.socket.resume();
  for (let n = 0; n < 100; n++) await slow.hears(value('work', item));
  await settle();
  expect((await ask('queues', {}, { timeoutMs: 100 })).queues).toMatchObject([{ ready: 0, leased: 0 }]);
});

test('more requests than may wait are left in the socket, and served when it is their turn', async () => {
  const { connect, settle } = await setup();
  const [one, producer] = [await connect(), await connect()];

  one.send('get work/t=60000\r\n');
  one.send('get else\r\n'.repeat(20_000));
  await settle();
  await producer.asks(set('work', 'a'), 'STORED\r\n');
  await one.hears(`${value('work', 'a')}${'END\r\n'.repeat(20_000)}`);
}, 30_000);

test('a backlog of many items drains as fast at its end as at its beginning', async () => {
  const { connect } = await setup();
  const wire = await connect();
  const COUNT = 20_000;
  for (let n = 0; n < COUNT; n += 500)
    await wire.asks(Array.from({ length: 500 }, (_, at) => set('work', String(n + at))).join(''), 'STORED\r\n'.repeat(500));

  for (let n = 0; n < COUNT; n += 500)
    await wire.asks('get work\r\n'.repeat(500), Array.from({ length: 500 }, (_, at) => value('work', String(n + at))).join(''));
  await wire.asks('get work\r\n', 'END\r\n');
}, 30_000);

test('a client that monitors and reads nothing is sent no more than it takes, and has the rest once it reads', async () => {
  const scene = await setup();
  const [wire, slow] = [await scene.connect(), await scene.connect()];
  const item = 'x'.repeat(250_000);
  for (let at = 0; at < BOUNDS.openReads; at++) await wire.asks(set('work', item), 'STORED\r\n');

  slow.socket.pause();
  slow.send('monitor work 600\r\n');
  await scene.advance(1_000);
  expect(scene.door.held).toBeLessThan(BOUNDS.openReads / 2);

  slow.socket.resume();
  await slow.hears(value('work', item).repeat(BOUNDS.openReads));
  await slow.hears('END\r\n');
});

import { expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

const HOUR = 3_600_000;

test('auto-commit cycles: close what was open, open the next, and the close counts also when there is none', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  for (const item of ['1', '2', '3']) await other.asks(set('work', item), 'STORED\r\n');

  for (const item of ['1', '2', '3']) await one.asks('get work/close/open\r\n', value('work', item));
  await one.asks('get work/close/open\r\n', 'END\r\n');
  one.destroy();
  await settle();
  await other.asks('get work\r\n', 'END\r\n');
});

test('the oldest is closed and aborted first, on each queue for itself', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  for (const item of ['1', '2', '3']) await one.asks(set('work', item) + set('else', item), 'STORED\r\nSTORED\r\n');
  for (const item of ['1', '2', '3']) await one.asks('get work/open\r\n', value('work', item));
  await one.asks('get else/open\r\n', value('else', '1'));

  await one.asks('get work/close\r\n', 'END\r\n');
  await one.asks('get work/abort\r\n', 'END\r\n');
  await other.asks('get work\r\n', value('work', '2'));
  one.destroy();
  await settle();
  await other.asks('get work\r\n', value('work', '3'));
  await other.asks('get else\r\n', value('else', '1'));
});

test('correctly interleave transactions', async () => {
  const { connect, settle } = await setup();
  const [one, two, other] = [await connect(), await connect(), await connect()];
  for (const item of ['1', '2', '3', '4']) await other.asks(set('work', item), 'STORED\r\n');

  await one.asks('get work/open\r\n', value('work', '1'));
  await two.asks('get work/open\r\n', value('work', '2'));
  await one.asks('get work/open\r\n', value('work', '3'));
  await two.asks('get work/abort\r\n', 'END\r\n');
  await one.asks('get work/close\r\n', 'END\r\n');
  await other.asks('get work/open\r\n', value('work', '2'));
  one.destroy();
  await settle();
  await two.asks('get work\r\n', value('work', '3'));
  await two.asks('get work\r\n', value('work', '4'));
  await two.asks('get work\r\n', 'END\r\n');
});

test('an open read lives as long as its connection, whatever that takes', async () => {
  const { connect, advance, settle, door } = await setup();
  const [one, other] = [await connect(), await connect()];
  await one.asks(set('work', 'a'), 'STORED\r\n');
  await one.asks('get work/open\r\n', value('work', 'a'));

  await advance(120_000);
  await other.asks('get work\r\n', 'END\r\n');
  expect(door.held).toBe(1);
  await one.asks('get work/close\r\n', 'END\r\n');
  await settle();
  expect(door.held).toBe(0);
  await other.asks('get work\r\n', 'END\r\n');
});

test('an item that is aborted for ever comes back for ever', async () => {
  const { connect, client } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');

  for (let n = 0; n < 50; n++) {
    await wire.asks('get work/open\r\n', value('work', 'a'));
    await wire.asks('get work/abort\r\n', 'END\r\n');
  }
  expect(await client.tenant('dev').dead()).toMatchObject({ jobs: [] });
});

test('unless its queue bounds that: then it is a dead letter, and an operator may revive it', async () => {
  const { connect, client, settle } = await setup();
  await client.tenant('dev').set('work', { maxAborts: 3 });
  const wire = await connect();
  await wire.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');
  const gone = await connect();
  await gone.asks('get work/open\r\n', value('work', 'a'));
  gone.destroy(); // which counts as no abort
  await settle();

  for (let n = 0; n < 3; n++) {
    await wire.asks('get work/open\r\n', value('work', 'a'));
    await wire.asks('get work/abort\r\n', 'END\r\n');
  }
  await wire.asks('get work\r\n', value('work', 'b'));
  const { jobs } = await client.tenant('dev').dead();
  expect(jobs).toMatchObject([{ queue: 'work', spent: 2, reason: 'ABORTED: 3 times' }]);
  await client.tenant('dev').revive([jobs[0]?.id ?? '']);
  await wire.asks('get work\r\n', value('work', 'a'));
});

test('timeout open transactions: also on an idle queue; a late close is END, does nothing, and is told in the log', async () => {
  const { connect, advance, client, lines } = await setup();
  await client.tenant('dev').set('work', { leaseMs: 2_000 });
  const [slow, quick] = [await connect(), await connect()];
  await slow.asks(set('work', 'a'), 'STORED\r\n');
  await slow.asks('get work/open\r\n', value('work', 'a'));

  await advance(1_900);
  await quick.asks('get work\r\n', 'END\r\n');
  await advance(150);
  await quick.asks('get work/open\r\n', value('work', 'a'));
  await slow.asks('get work/close\r\n', 'END\r\n');
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'warn', message: 'late close ignored', facts: expect.objectContaining({ queue: 'work' }) }),
  );
  await quick.asks('get work/close\r\n', 'END\r\n');
  await slow.asks('get work\r\n', 'END\r\n');
});

test('whoever waits gets what timed out', async () => {
  const { connect, advance, client } = await setup();
  await client.tenant('dev').set('', { leaseMs: 1_000 });
  const [slow, waiting] = [await connect(), await connect()];
  await slow.asks(set('work', 'a'), 'STORED\r\n');
  await slow.asks('get work/open\r\n', value('work', 'a'));
  waiting.send('get work/t=60000\r\n');

  await advance(1_025);
  await waiting.hears(value('work', 'a'));
});

test('a read of which somebody else made an end is END for its client, who is told of nothing', async () => {
  const { connect, settle, ask, lines } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', 'a'));
  const [job] = (await ask('list', { state: 'leased', queue: 'work', cursor: '', limit: 1, payload: false }, { timeoutMs: 100 }))
    .jobs;
  await ask('cancel', { ids: [job?.id ?? ''] }, { timeoutMs: 100 });

  await wire.asks('get work/abort\r\n', 'END\r\n');
  await settle();
  await wire.asks('get work\r\n', 'END\r\n');
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('abort reads on a deleted queue without resurrecting it', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  await one.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');
  await one.asks('get work/open\r\n', value('work', 'a'));

  await other.asks('delete work\r\n', 'DELETED\r\n');
  await other.asks('dump_stats\r\n', '\r\nEND\r\n');
  await one.asks('get work/abort\r\n', 'END\r\n');
  await one.asks('get work/close\r\n', 'END\r\n');
  one.destroy();
  await settle();
  await other.asks('dump_stats\r\n', '\r\nEND\r\n');
  await other.asks('get work\r\n', 'END\r\n');
});

test('FLUSH leaves open reads alone: they may be aborted back into the queue that it emptied', async () => {
  const wire = await (await setup()).connect();
  for (const item of ['1', '2', '3']) await wire.asks(set('work', item), 'STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', '1'));

  await wire.asks('flush work\r\n', 'END\r\n');
  await wire.asks('get work/peek\r\n', 'END\r\n');
  await wire.asks('get work/abort\r\n', 'END\r\n');
  await wire.asks('get work\r\n', value('work', '1'));
});

test('MONITOR opens items as they come, until its time is over', async () => {
  const { connect, advance } = await setup();
  const [one, other] = [await connect(), await connect()];
  await other.asks(set('work', '1') + set('work', '2'), 'STORED\r\nSTORED\r\n');

  one.send('monitor work 2\r\nversion\r\n');
  await one.hears(value('work', '1') + value('work', '2'));
  await advance(1_000);
  await other.asks(set('work', '3'), 'STORED\r\n');
  await one.hears(value('work', '3'));
  await advance(1_025);
  await one.hears('END\r\nVERSION 2.4.7\r\n');
  await one.asks('confirm work 3\r\n', 'END\r\n');
});

test('MONITOR ends at its number of items, or when as many as may be are open', async () => {
  const { connect } = await setup();
  const wire = await connect();
  const items = Array.from({ length: 102 }, (_, at) => `item-${at}`);
  await wire.asks(items.map((item) => set('work', item)).join(''), 'STORED\r\n'.repeat(items.length));

  await wire.asks('monitor work 10 1\r\n', `${value('work', 'item-0')}END\r\n`);
  const others = items.slice(1, 100).map((item) => value('work', item));
  await wire.asks('monitor work 10\r\n', `${others.join('')}END\r\n`);
  await wire.asks('monitor work 10\r\n', 'END\r\n');
  await wire.asks('confirm work 100\r\n', 'END\r\n');
  await wire.asks('monitor work 0\r\n', `${value('work', 'item-100')}${value('work', 'item-101')}END\r\n`);
});

test('an hour is as a minute: nothing of a connection that is idle costs a word', async () => {
  const { connect, advance } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  await wire.asks('get work/open\r\n', value('work', 'a'));

  await advance(HOUR / 10);
  await wire.asks('get work/abort\r\n', 'END\r\n');
  await wire.asks('get work\r\n', value('work', 'a'));
});

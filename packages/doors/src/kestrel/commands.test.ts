import { expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

const STATISTICS =
  'items bytes total_items logsize expired_items mem_items mem_bytes age discarded waiters open_transactions transactions canceled_transactions total_flushes journal_rewrites journal_rotations'.split(
    ' ',
  );
const GLOBAL =
  'uptime time version curr_items total_items bytes reserved_memory_ratio curr_connections total_connections cmd_get cmd_set cmd_peek get_hits get_misses bytes_read bytes_written queue_creates queue_deletes queue_expires'.split(
    ' ',
  );

test('FLUSH empties a queue, FLUSH_ALL every one, and neither answers as memcached does', async () => {
  const wire = await (await setup()).connect();
  for (const queue of ['one', 'two', 'three']) await wire.asks(set(queue, 'a') + set(queue, 'b'), 'STORED\r\nSTORED\r\n');

  await wire.asks('flush one\r\n', 'END\r\n');
  await wire.asks('get one\r\n', 'END\r\n');
  await wire.asks('get two\r\n', value('two', 'a'));
  await wire.asks('flush_all \r\n', 'Flushed all queues.\r\n');
  for (const queue of ['one', 'two', 'three']) await wire.asks(`get ${queue}\r\n`, 'END\r\n');
});

test('DELETE is DELETED, whether or not there was such a queue', async () => {
  const wire = await (await setup()).connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');

  await wire.asks('delete work\r\n', 'DELETED\r\n');
  await wire.asks('delete work\r\n', 'DELETED\r\n');
  await wire.asks('get work\r\n', 'END\r\n');
});

test('VERSION is one that no library takes for an error, RELOAD says that it did, QUIT says nothing', async () => {
  const wire = await (await setup()).connect();

  await wire.asks('version\r\n', 'VERSION 2.4.7\r\n');
  await wire.asks('reload\r\n', 'Reloaded config.\r\n');
  await wire.send('quit\r\nversion\r\n').isHungUpOn();
});

test('STATS tells everything that Kestrel tells, in its order', async () => {
  const { connect, advance } = await setup();
  const wire = await connect();
  await wire.asks(set('enterprise_hello_world', 'hello') + set('hello_world', 'worlds'), 'STORED\r\nSTORED\r\n');
  await wire.asks('get hello_world/open\r\n', value('hello_world', 'hello'));
  await wire.asks('get hello_world/abort\r\n', 'END\r\n');
  await wire.asks('get hello_world/open\r\n', value('hello_world', 'hello'));
  await wire.asks('get hello_world/peek\r\n', value('hello_world', 'worlds'));
  await wire.asks('get nothing\r\n', 'END\r\n');
  await advance(3_000);

  const stats = await tell(wire, 'stats\r\n');
  const names = stats.map(([name]) => name);
  expect(names.slice(0, GLOBAL.length)).toEqual(GLOBAL);
  expect(names.slice(GLOBAL.length)).toEqual(
    ['hello_world', 'nothing'].flatMap((queue) => STATISTICS.map((statistic) => `queue_${queue}_${statistic}`)),
  );
  expect(Object.fromEntries(stats)).toMatchObject({
    version: '2.4.7',
    uptime: '3',
    curr_items: '1',
    total_items: '2',
    bytes: '6',
    curr_connections: '1',
    cmd_get: '3',
    cmd_set: '2',
    cmd_peek: '1',
    get_hits: '2',
    get_misses: '1',
    queue_creates: '2',
    queue_hello_world_items: '1',
    queue_hello_world_bytes: '6',
    queue_hello_world_total_items: '2',
    queue_hello_world_age: '3000',
    queue_hello_world_open_transactions: '1',
    queue_hello_world_transactions: '2',
    queue_hello_world_canceled_transactions: '1',
    queue_nothing_items: '0',
  });
});

test('STATS behind a GET in the same breath does not count its item as open', async () => {
  const wire = await (await setup()).connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');

  wire.send('get work\r\nstats\r\nversion\r\n');
  await wire.hears(value('work', 'a'));
  const told = Object.fromEntries(parse(await wire.until('VERSION 2.4.7\r\n')));
  expect(told).toMatchObject({ queue_work_items: '0', queue_work_open_transactions: '0' });
});

test('waiters and flushes are counted, and forgotten with a queue that is deleted', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];
  one.send('get work/t=100000\r\n');
  await settle();
  await other.asks('flush work\r\n', 'END\r\n');

  expect(Object.fromEntries(await tell(other, 'stats\r\n'))).toMatchObject({
    queue_work_waiters: '1',
    queue_work_total_flushes: '1',
  });
  one.destroy();
  await settle();
  await other.asks('delete work\r\n', 'DELETED\r\n');
  expect((await tell(other, 'stats\r\n')).map(([name]) => name)).toEqual(GLOBAL);
});

test('DUMP_STATS tells of the queues it is given, or of all', async () => {
  const wire = await (await setup()).connect();
  await wire.asks('dump_stats\r\n', '\r\nEND\r\n');
  await wire.asks(set('one', 'a') + set('two', 'bc'), 'STORED\r\nSTORED\r\n');
  const block = (queue: string, bytes: number) =>
    `queue '${queue}' {\r\n  ${STATISTICS.map((statistic) => `${statistic}=${toldOf(statistic, bytes)}`).join('\r\n  ')}\r\n}`;

  await wire.asks('dump_stats two one\r\n', `${block('two', 2)}\r\n${block('one', 1)}\r\nEND\r\n`);
  await wire.asks('dump_stats enterprise_one\r\n', `${block('enterprise_one', 1)}\r\nEND\r\n`);
  await wire.asks('dump_stats\r\n', `${block('enterprise_one', 1)}\r\n${block('two', 2)}\r\nEND\r\n`);
  await wire.asks('dump_stats nobody\r\n', "queue 'nobody' {\r\n  \r\n}\r\nEND\r\n");
});

function toldOf(statistic: string, bytes: number): number {
  if (statistic.endsWith('bytes')) return bytes;
  return ['items', 'mem_items', 'total_items'].includes(statistic) ? 1 : 0;
}

type Told = [name: string, value: string][];

async function tell(wire: { send(text: string): { until(end: string): Promise<string> } }, text: string): Promise<Told> {
  return parse(await wire.send(text).until('END\r\n'));
}

const parse = (text: string): Told => [...text.matchAll(/^STAT (\S+) (.*)\r$/gm)].map(([, name = '', told = '']) => [name, told]);

test('FLUSH_ALL reaches a queue whose own name begins like the prefix, and no other in its place', async () => {
  const { connect, client, ask } = await setup();
  const wire = await connect();
  await client.tenant('dev').enqueue({ queue: 'enterprise_work', name: 'HelloWorld' });

  expect(await wire.send('stats\r\n').until('END\r\n')).toContain('STAT queue_enterprise_enterprise_work_items 1\r\n');
  await wire.asks('flush_all\r\n', 'Flushed all queues.\r\n');

  const { jobs } = await ask(
    'list',
    { state: 'ready', queue: 'enterprise_work', cursor: '', limit: 1, payload: false },
    { timeoutMs: 100 },
  );
  expect(jobs).toEqual([]);
});

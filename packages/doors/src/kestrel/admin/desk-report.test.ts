import { expect, test } from 'vitest';
import { set, setup as setupDoor, TENANT, value } from '../setup.test.kit.js';

async function setup() {
  const scene = await setupDoor({ admin: { host: '127.0.0.1', port: 0 } });
  const url = `http://127.0.0.1:${scene.door.adminPort}`;
  return {
    ...scene,
    async stats(query = '') {
      // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of it
      return (await (await fetch(`${url}/stats.json${query}`)).json()) as any;
    },
    text: async (path: string) => (await fetch(url + path)).text(),
  };
}

test('what the other ports tell is told by name and kind', async () => {
  const { connect, stats, client, settle } = await setup();
  const limits = client.tenant(TENANT).set('work', { maxItems: 10 });
  await settle();
  await limits;
  const wire = await connect();
  await wire.asks(set('work', 'hello') + set('work', 'again'), 'STORED\r\nSTORED\r\n');
  await wire.asks('get work/open\r\n', value('work', 'hello'));
  await wire.asks('get none\r\n', 'END\r\n');

  const { counters, gauges, labels, metrics } = await stats();

  expect(counters).toMatchObject({ cmd_set: 2, cmd_get: 2, get_hits: 1, get_misses: 1, total_items: 2, total_connections: 1 });
  expect(counters).toMatchObject({
    'q/work/total_items': 2,
    'q/work/put_items': 2,
    'q/work/put_bytes': 10,
    'q/work/get_items_hit': 1,
    'q/work/get_items_miss': 0,
    'q/work/transactions': 1,
    'q/none/get_items_miss': 1,
  });
  expect(gauges).toMatchObject({ items: 1, bytes: 5, connections: 1 });
  expect(gauges).toMatchObject({
    'q/work/items': 1,
    'q/work/max_items': 10,
    'q/work/bytes': 5,
    'q/work/open_transactions': 1,
    'q/work/waiters': 0,
    'q/work/age_msec': 0,
    'q/work/journal_size': 0,
  });
  expect([labels, metrics]).toEqual([{ version: '2.4.7' }, {}]);
});

test('a namespace is told what came since it last asked', async () => {
  const { connect, stats } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');

  expect((await stats('?namespace=graphs')).counters).toMatchObject({ cmd_set: 1, 'q/work/put_items': 1 });
  await wire.asks(set('work', 'b') + set('work', 'c'), 'STORED\r\nSTORED\r\n');
  expect((await stats('?namespace=graphs')).counters).toMatchObject({ cmd_set: 2, 'q/work/put_items': 2, cmd_get: 0 });
  expect((await stats('?namespace=other')).counters).toMatchObject({ cmd_set: 3 });
});

test('a period is told as it ended', async () => {
  const { connect, stats, advance } = await setup();
  const wire = await connect();
  await stats('?period=60');
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  expect((await stats('?period=60')).counters).toMatchObject({ cmd_set: 0 });
  await advance(61_000);
  expect((await stats('?period=60')).counters).toMatchObject({ cmd_set: 1 });
});

test('a reload makes the door read settings anew', async () => {
  const { connect, client, text, settle } = await setup();
  const wire = await connect();
  await wire.asks(set('work', 'a'), 'STORED\r\n');
  const changed = client.tenant(TENANT).set('work', { fanout: 'audit', fanoutOnly: true });
  await settle();
  await changed;

  expect(await text('/reload.txt')).toBe('ok\n');

  await wire.asks(set('work', 'b'), 'STORED\r\n');
  await wire.asks('get audit\r\n', value('audit', 'b'));
});

test('the admin is for this machine alone, whatever the door is bound to', async () => {
  await expect(setupDoor({ admin: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
    code: 'BAD_CONFIG',
    facts: { '--kestrel-admin': expect.stringContaining('0.0.0.0') },
  });
});

import { expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

const articleOf = (instance: string, data = 1) => `{"instance":"${instance}","jobName":"X","data":${data}}`;

test('a listener that is bound to a tenant takes nobody else’s word for it', async () => {
  const { connect, client } = await setup({ tenant: 'acme' });
  await client.tenant('other').enqueue({ queue: 'work', name: 'X' });
  const wire = await connect();

  await wire.asks(set('work', articleOf('other')), 'STORED\r\n');
  expect(await client.tenant('acme').queues()).toMatchObject([{ queue: 'work', ready: 1 }]);
  await wire.asks('get work\r\n', value('work', articleOf('acme')));
  await wire.asks('get work\r\n', 'END\r\n');
  expect(await client.tenant('other').queues()).toMatchObject([{ queue: 'work', ready: 1 }]);
});

test('one that is bound to none is for this machine alone, and says that it trusts', async () => {
  const { lines, openDoor } = await setup({ tenant: undefined });

  expect(lines).toContainEqual(
    expect.objectContaining({
      level: 'info',
      message: 'kestrel served',
      facts: expect.objectContaining({ home: 'dev', trusts: expect.stringContaining('what bodies claim') }),
    }),
  );
  await expect(openDoor({ tenant: undefined, host: '0.0.0.0' })).rejects.toThrow(
    /^BAD_CONFIG.*--kestrel=expected an address of this machine alone such as 127.0.0.1, or --kestrel-tenant T: .*; got 0.0.0.0/,
  );
  await openDoor({ tenant: 'acme', host: '0.0.0.0' });
});

test('an address that is taken is one clear line', async () => {
  const { door, openDoor } = await setup();

  await expect(openDoor({ port: door.port })).rejects.toThrow(/^BAD_CONFIG.*--kestrel=expected an address that is free, got 127/);
});

test('at an unbound one an article is whose it says, another item is the door’s own, and GET serves all of them', async () => {
  const { connect, client } = await setup({ tenant: undefined });
  const wire = await connect();
  await wire.asks(set('work', articleOf('acme')) + set('work', articleOf('zeta')) + set('work', 'raw'), 'STORED\r\n'.repeat(3));

  for (const tenant of ['acme', 'zeta', 'dev'])
    expect(await client.tenant(tenant).queues()).toMatchObject([{ queue: 'work', ready: 1 }]);
  const seen = [];
  for (let n = 0; n < 3; n++) {
    wire.send('get work/open\r\n');
    seen.push((await wire.until('END\r\n')).split('\r\n')[1]);
  }
  expect(seen.sort()).toEqual([articleOf('acme'), articleOf('zeta'), 'raw'].sort());
  await wire.asks('confirm work 3\r\n', 'END\r\n');
  await wire.asks('get work\r\n', 'END\r\n');
});

test('peek, statistics, flush and delete go over the tenants that have something', async () => {
  const { connect, client } = await setup({ tenant: undefined });
  await client.tenant('unheard').enqueue({ queue: 'work', name: 'X', data: 7 });
  const wire = await connect();

  await wire.asks('get work/peek\r\n', value('work', articleOf('unheard', 7)));
  await wire.asks(set('work', 'raw') + set('else', articleOf('acme')), 'STORED\r\nSTORED\r\n');
  wire.send('stats\r\nversion\r\n');
  expect(await wire.until('VERSION 2.4.7\r\n')).toMatch(
    /STAT curr_items 3\r\n[\s\S]*STAT queue_else_items 1\r\n[\s\S]*STAT queue_work_items 2\r\n/,
  );
  await wire.asks('flush work\r\n', 'END\r\n');
  await wire.asks('get work\r\n', 'END\r\n');
  await wire.asks('delete else\r\n', 'DELETED\r\n');
  await wire.asks('get else\r\n', 'END\r\n');
});

test('a backlog that brokers have not heard of is found by a GET that does not wait', async () => {
  const { connect, client, restartBroker } = await setup({ tenant: undefined });
  await client.tenant('acme').enqueue({ queue: 'work', name: 'X', data: 1 });
  await restartBroker();
  const wire = await connect();

  await wire.asks('get nothing\r\n', 'END\r\n');
  await wire.asks('get work\r\n', value('work', articleOf('acme')));
});

test('a child of an unbound door is fed by every tenant', async () => {
  const { connect } = await setup({ tenant: undefined });
  const wire = await connect();
  await wire.asks('get orders+audit\r\n', 'END\r\n');

  await wire.asks(set('orders', articleOf('acme')), 'STORED\r\n');
  await wire.asks('get orders+audit\r\n', value('orders+audit', articleOf('acme')));
  await wire.asks('get orders\r\n', value('orders', articleOf('acme')));
});

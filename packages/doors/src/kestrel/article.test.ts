import { decodeData } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

const ARTICLE = '{"instance":"dev","jobName":"HelloWorld","data":{"foo":"bar"}}';

test('an item in the form of the article is a job of that name, which our consumers perform', async () => {
  const { connect, perform } = await setup();
  await (await connect()).asks(set('enterprise_hello_world', ARTICLE), 'STORED\r\n');

  const job = await perform('dev', 'hello_world');
  expect(job).toMatchObject({ tenant: 'dev', queue: 'hello_world', name: 'HelloWorld', encoding: 'json', attempts: 5 });
  expect(decodeData(job?.payload as Uint8Array, 'json')).toEqual({ foo: 'bar' });
});

test.each([
  [
    'as PHP writes it',
    '{"instance":"dev","jobName":"\\\\Common\\\\Job\\\\X","data":{"a\\/b":"\\u00e9","n":12345678901234567890,"e":[]}}',
  ],
  ['with a path in its name', '{"instance":"dev","jobName":"mail\\/send","data":1.0}'],
  ['data of 0', '{"instance":"dev","jobName":"X","data":0}'],
  ['data of ""', '{"instance":"dev","jobName":"X","data":""}'],
  ['data of []', '{"instance":"dev","jobName":"X","data":[]}'],
  ['data of null', '{"instance":"dev","jobName":"X","data":null}'],
  ['data with blanks of its own', '{"instance":"dev","jobName":"X","data":{ "a" : [1, 2] }}'],
])('its bytes come back: %s', async (_, item) => {
  const { connect, ask } = await setup();
  const wire = await connect();
  await wire.asks(set('work', item), 'STORED\r\n');

  const { jobs } = await ask('list', { state: 'ready', queue: 'work', cursor: '', limit: 1, payload: false }, { timeoutMs: 100 });
  expect(jobs).toMatchObject([{ encoding: 'json' }]);
  await wire.asks('get work/peek\r\n', value('work', item));
  await wire.asks('get work\r\n', value('work', item));
});

test.each([
  ['without data, which is not null', '{"jobName":"X","instance":"dev"}', '{"instance":"dev","jobName":"X"}'],
  ['in another order', '{ "data": [1], "jobName": "X", "instance": "dev" }', '{"instance":"dev","jobName":"X","data":[1]}'],
])('it comes back in our order: %s', async (_, item, back) => {
  const wire = await (await setup()).connect();

  await wire.asks(set('work', item), 'STORED\r\n');
  await wire.asks('get work\r\n', value('work', back));
});

test.each([
  ['another member', '{"instance":"dev","jobName":"X","data":1,"more":2}'],
  ['a member twice', '{"instance":"dev","jobName":"X","data":1,"data":2}'],
  ['no instance', '{"jobName":"X","data":1}'],
  ['an instance that is no text', '{"instance":1,"jobName":"X"}'],
  ['an instance that is empty', '{"instance":"","jobName":"X"}'],
  ['a job name with a blank', '{"instance":"dev","jobName":"a b"}'],
  ['no job name', '{"instance":"dev"}'],
  ['an array', '[1]'],
  ['text that is no JSON', '{instance}'],
  ['bytes that are no UTF-8', '{"instance":"dev","jobName":"X","data":"\xff"}'],
  ['nothing', ''],
])('with %s it is an item like any other, and its exact bytes come back', async (_, item) => {
  const { connect, ask } = await setup();
  const wire = await connect();
  await wire.asks(set('work', item), 'STORED\r\n');

  const { jobs } = await ask('list', { state: 'ready', queue: 'work', cursor: '', limit: 1, payload: false }, { timeoutMs: 100 });
  expect(jobs).toMatchObject([{ encoding: 'raw', name: 'kestrel.item', attempts: 0 }]);
  await wire.asks('get work\r\n', value('work', item));
});

test('a job that our producer enqueued is read as the article would have written it', async () => {
  const { connect, client } = await setup();
  const data = { foo: 'bar', at: new Date(0), big: 2n ** 60n, bytes: Uint8Array.of(1, 2, 3), list: [1, null, true] };
  await client.tenant('dev').enqueue({ queue: 'hello_world', name: 'HelloWorld', data });
  const wire = await connect();

  const json = JSON.stringify({
    foo: 'bar',
    at: '1970-01-01T00:00:00.000Z',
    big: '1152921504606846976',
    bytes: 'AQID',
    list: [1, null, true],
  });
  const item = `{"instance":"dev","jobName":"HelloWorld","data":${json}}`;
  await wire.asks('get hello_world/open\r\n', value('hello_world', item));
  await wire.asks('get hello_world/abort\r\n', 'END\r\n');
  await wire.asks('get enterprise_hello_world\r\n', value('enterprise_hello_world', item));
});

test('a job whose payload is not what its producer made is set aside, and the next one is handed over', async () => {
  const { connect, client, ask, lines } = await setup();
  const wire = await connect();
  const spoilt = { ...anItem, id: 'spoilt', queue: 'work', checksum: 1 };
  await ask('enqueue', { jobs: [spoilt] }, { timeoutMs: 100 });
  await wire.asks(set('work', 'sound'), 'STORED\r\n');

  await wire.asks('get work\r\n', value('work', 'sound'));
  expect((await client.tenant('dev').quarantined()).records).toMatchObject([{ id: 'spoilt' }]);
  expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'job set aside' }));
});

const anItem = {
  ...({ generated: false, name: 'X', payload: Buffer.from('a'), encoding: 'raw', delayMs: 0, atMs: 0, priority: 5 } as const),
  ...{ attempts: 0, leaseMs: 30_000, timeoutMs: 1_000, backoffMs: 0, backoffMaxMs: 0, ttlMs: 0 },
};

import { describe, expect, test } from 'vitest';
import { set, setup, value } from './setup.test.kit.js';

describe('as Kestrel’s own tests say', () => {
  test('set and get one entry', async () => {
    const wire = await (await setup()).connect();

    await wire.asks('get work\r\n', 'END\r\n');
    await wire.asks(set('work', 'hello'), 'STORED\r\n');
    await wire.asks('get work\r\n', value('work', 'hello'));
    await wire.asks('get work\r\n', 'END\r\n');
  });

  test('set with expiry', async () => {
    const { connect, advance, clock } = await setup();
    const wire = await connect();
    const inTwoSeconds = Math.floor(clock.now() / 1_000) + 2;

    await wire.asks(set('work', 'relative', 1), 'STORED\r\n');
    await wire.asks(set('work', 'absolute', inTwoSeconds), 'STORED\r\n');
    await wire.asks(set('work', 'over', -1), 'STORED\r\n');
    await wire.asks(set('work', 'long over', 1_000_000), 'STORED\r\n');
    await wire.asks(set('work', 'for ever'), 'STORED\r\n');
    await advance(1_100);
    await wire.asks('get work/peek\r\n', value('work', 'absolute'));
    await advance(1_000);
    await wire.asks('get work\r\n', value('work', 'for ever'));
    await wire.asks('get work\r\n', 'END\r\n');
  });

  test('set and get binary data', async () => {
    const wire = await (await setup()).connect();
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));

    await wire.asks(Buffer.concat([Buffer.from('set work 0 0 512\r\n'), bytes, Buffer.from('\r\n')]), 'STORED\r\n');
    await wire.asks('get work\r\n', value('work', bytes.toString('latin1')));
    await wire.asks(set('work', ''), 'STORED\r\n');
    await wire.asks('get work\r\n', value('work', ''));
  });

  test('commit a transactional get', async () => {
    const { connect } = await setup();
    const [one, other] = [await connect(), await connect()];

    await one.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');
    await one.asks('get work/open\r\n', value('work', 'a'));
    await one.asks('get work/close\r\n', 'END\r\n');
    await one.asks('get work/close\r\n', 'END\r\n');
    one.destroy();
    await other.asks('get work\r\n', value('work', 'b'));
    await other.asks('get work/t=20\r\n'.replace('/t=20', ''), 'END\r\n');
  });

  test('abort a transactional get', async () => {
    const wire = await (await setup()).connect();

    await wire.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');
    await wire.asks('get work/open\r\n', value('work', 'a'));
    await wire.asks('get work/abort\r\n', 'END\r\n');
    await wire.asks('get work/abort\r\n', 'END\r\n');
    await wire.asks('get work/open\r\n', value('work', 'a'));
    await wire.asks('get work/close/open\r\n', value('work', 'b'));
    await wire.asks('get work/close/open\r\n', 'END\r\n');
  });

  test('auto-rollback on disconnect', async () => {
    const { connect, settle } = await setup();
    const [one, other] = [await connect(), await connect()];

    await one.asks(set('work', 'a'), 'STORED\r\n');
    await one.asks('get work/open\r\n', value('work', 'a'));
    await other.asks('get work\r\n', 'END\r\n');
    one.destroy();
    await settle();
    await other.asks('get work\r\n', value('work', 'a'));
  });
});

test('several open reads of a connection that closes stand at the head in reverse order', async () => {
  const { connect, settle } = await setup();
  const [one, other] = [await connect(), await connect()];

  for (const item of ['1', '2', '3', '4']) await one.asks(set('work', item), 'STORED\r\n');
  for (const item of ['1', '2', '3']) await one.asks('get work/open\r\n', value('work', item));
  one.destroy();
  await settle();
  for (const item of ['3', '2', '1', '4']) await other.asks('get work\r\n', value('work', item));
  expect(other.heard).toBe('');
});

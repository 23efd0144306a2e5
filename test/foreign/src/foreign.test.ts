import { eventually } from '@tiercel/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { article, FOREIGN_CLIENTS, php } from './clients.js';
import { DevInstallation } from './installation.js';

/** Debian's packages may have to come first. */
const PREPARE_MS = 5 * 60_000;

let door: DevInstallation;

beforeAll(async () => {
  door = await DevInstallation.start();
}, PREPARE_MS);
afterAll(() => door.stop());

describe.each(FOREIGN_CLIENTS)('$name', (client) => {
  beforeAll(() => client.prepare(), PREPARE_MS);
  const queueOf = (what: string) => `${client.name.replace(/\W/g, '-')}-${what}`;
  const ITEM = 'an item of another client';

  /** On a connection of its own: some keep several, and close on any. */
  const set = (queue: string) => client.take(door, queue, `set:${ITEM}`);

  test('sets an item and gets it, once', async () => {
    const queue = queueOf('closed');
    await set(queue);

    expect(await client.take(door, queue, 'get:/open', 'get:/close', 'get:/open')).toEqual([ITEM]);
    expect(await client.take(door, queue, 'get:/open')).toEqual([]);
  });

  test('gets again what it aborted', async () => {
    const queue = queueOf('aborted');
    await set(queue);

    const items = await client.take(door, queue, 'get:/open', 'get:/abort', 'get:/open', 'get:/close', 'get:/open');

    expect(items).toEqual([ITEM, ITEM]);
    expect(await client.take(door, queue, 'get:/open')).toEqual([]);
  });

  test('leaves to others what is open when it goes', async () => {
    const queue = queueOf('left');
    await set(queue);

    expect(await client.take(door, queue, 'get:/open')).toEqual([ITEM]);
    expect(await client.take(door, queue, 'get:/open/t=5000', 'get:/close')).toEqual([ITEM]);
    expect(await client.take(door, queue, 'get:/open')).toEqual([]);
  });
});

describe('an application in PHP', () => {
  beforeAll(() => void php(), PREPARE_MS);

  test('hands jobs in that our consumers perform', async () => {
    await article.produce(door, 'tiercel_hello_world', 'acme', 'HelloWorld', '{"foo":"bar"}');

    const done = await eventually(async () => {
      const jobs = await door.ask<{ id: string }[]>(
        'job',
        'ls',
        '--state',
        'completed',
        '--queue',
        'hello_world',
        '--tenant',
        'acme',
      );
      return jobs[0];
    });
    expect(await door.ask('job', 'show', done.id, '--tenant', 'acme')).toMatchObject({
      name: 'HelloWorld',
      state: 'completed',
      result: 'Hello, world! bar',
    });
  });

  test('takes the jobs that our producers handed in, and one that it aborts comes again', async () => {
    await door.ask('enqueue', 'outbox', 'Mail', '{"to":"ann"}', '--tenant', 'acme', '--id', 'mail-1');
    await door.ask('enqueue', 'outbox', 'Fail', '--tenant', 'acme', '--id', 'fail-1');

    expect(await article.consume(door, 'tiercel_outbox', 3)).toEqual([
      '["acme","Mail",{"to":"ann"}]',
      '["acme","Fail",null]',
      '["acme","Fail",null]',
    ]);

    expect(await door.ask('job', 'show', 'mail-1', '--tenant', 'acme')).toMatchObject({ state: 'completed' });
    expect(await door.ask('job', 'show', 'fail-1', '--tenant', 'acme')).toMatchObject({ state: 'ready' });
  });

  test('is told when there is nothing, after it waited', async () => {
    expect(await article.consume(door, 'tiercel_empty', 1)).toEqual(['Nothing on queue tiercel_empty']);
  });
});

import { KESTREL_LIMITS } from '@tiercel/kestrel';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { KestrelDoorOptions } from './kestrel-door.js';
import { set, setup as setupDoor, TENANT, value, Wire } from './setup.test.kit.js';

const HERE = { host: '127.0.0.1', port: 0 };

/** A door with the line protocol beside the other. */
async function setup(options: Partial<KestrelDoorOptions> = {}) {
  const scene = await setupDoor({ text: HERE, ...options });
  return {
    ...scene,
    async connectText(): Promise<Wire> {
      const wire = await Wire.to(scene.door.textPort ?? 0);
      onTestFinished(() => wire.destroy());
      return wire;
    },
  };
}

const items = (...all: string[]): string => all.map((item) => `:${item}\n`).join('');

describe('the line protocol', () => {
  test('puts items, and gets them one by one, in order', async () => {
    const wire = await (await setup()).connectText();

    await wire.asks('get work\n', '*\n');
    await wire.asks('put work:\nhello\nwide world\n\n', '+2\n');
    await wire.asks('get work\n', ':hello\n');
    await wire.asks('GET work\r\n', ':wide world\n');
    await wire.asks('get work\n', '*\n');
    await wire.asks('put work:\n\n', '+0\n');
  });

  test('has one queue with the memcache protocol', async () => {
    const { connect, connectText } = await setup();
    const [text, memcache] = [await connectText(), await connect()];

    await text.asks('put work:\nfrom text\n\n', '+1\n');
    await memcache.asks('get work\r\n', value('work', 'from text'));
    await memcache.asks(set('enterprise_work', 'from memcache'), 'STORED\r\n');
    await text.asks('get work\n', ':from memcache\n');
  });

  test('performs what is an article’s job, and shows such a job', async () => {
    const { connectText, perform, client, settle } = await setup();
    const wire = await connectText();
    const job = '{"instance":"dev","jobName":"HelloWorld","data":{"foo":"bar"}}';

    await wire.asks(`put enterprise_hello_world:\n${job}\n\n`, '+1\n');
    expect(await perform(TENANT, 'hello_world')).toMatchObject({ name: 'HelloWorld', tenant: TENANT });
    const enqueued = client.tenant(TENANT).enqueue({ queue: 'hello_world', name: 'HelloWorld', data: { foo: 'bar' } });
    await settle();
    await enqueued;
    await wire.asks('get hello_world\n', `:${job}\n`);
  });

  test('keeps every byte of an item but its line feed', async () => {
    const { connect, connectText } = await setup();
    const [text, memcache] = [await connectText(), await connect()];
    const all = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10);
    const item = Buffer.from(all).toString('latin1');

    await text.asks(`put work:\n${item}\n\n`, '+1\n');
    await memcache.asks('get work/peek\r\n', value('work', item));
    await text.asks('get work\n', `:${item}\n`);
  });

  test('takes an expiry in milliseconds from now', async () => {
    const { connectText, advance } = await setup();
    const wire = await connectText();

    await wire.asks('put work 300:\nsoon\n\n', '+1\n');
    await wire.asks('put work -1:\nover\n\n', '+1\n');
    await wire.asks('put work 0:\nover too\n\n', '+1\n');
    await wire.asks('put work:\nfor ever\n\n', '+1\n');
    await wire.asks('peek work\n', ':soon\n');
    await advance(400);
    await wire.asks('get work\n', ':for ever\n');
    await wire.asks('get work\n', '*\n');
  });

  test('the line behind the 1,024th item ends a put, whatever is in it', async () => {
    const wire = await (await setup()).connectText();
    const many = Array.from({ length: KESTREL_LIMITS.putItems }, (_, at) => `item-${at}`);

    await wire.asks(`put work:\n${many.join('\n')}\nflush work\n`, '+1024\n');
    await wire.asks('get work\n', ':item-0\n');
    await wire.asks('version\n', ':2.4.7\n');
  });

  test('waits for an item as long as it is told to', async () => {
    const { connectText, advance } = await setup();
    const [one, other] = [await connectText(), await connectText()];

    one.send('get work 1000\n');
    await advance(500);
    await other.asks('put work:\nhello\n\n', '+1\n');
    await one.hears(':hello\n');
    one.send('get work 1000\n');
    await advance(900);
    expect(one.heard).toBe('');
    await advance(200);
    await one.hears('*\n');
  });

  test('does not let a waiter that has gone swallow an item', async () => {
    const { connectText, advance, settle } = await setup();
    const [gone, other] = [await connectText(), await connectText()];

    gone.send('get work 10000\n');
    await advance(100);
    gone.destroy();
    await settle();
    await other.asks('put work:\nhello\n\n', '+1\n');
    await other.asks('get work\n', ':hello\n');
  });
});

describe('what is open', () => {
  test('is closed by the next get of its queue, and comes back when the connection goes', async () => {
    const { connectText, settle } = await setup();
    const [one, other] = [await connectText(), await connectText()];

    await one.asks('put work:\na\nb\n\n', '+2\n');
    await one.asks('put else:\nc\n\n', '+1\n');
    await one.asks('get else\n', ':c\n');
    await one.asks('get work\n', ':a\n');
    await one.asks('get work\n', ':b\n');
    one.destroy();
    await settle();
    await other.asks('get work\n', ':b\n');
    await other.asks('get else\n', ':c\n');
  });

  test('is closed by a peek and a monitor too', async () => {
    const { connectText, settle, advance } = await setup();
    const [one, other] = [await connectText(), await connectText()];

    await one.asks('put work:\na\nb\n\n', '+2\n');
    await one.asks('get work\n', ':a\n');
    await one.asks('peek work\n', ':b\n');
    await one.asks('get work\n', ':b\n');
    one.send('monitor work 100\n');
    await advance(200);
    await one.hears('*\n');
    one.destroy();
    await settle();
    await other.asks('get work\n', '*\n');
  });

  test('is confirmed by number, the oldest first, and not beyond what is open', async () => {
    const { connectText, advance, settle } = await setup();
    const [one, other] = [await connectText(), await connectText()];

    await one.asks('put work:\na\nb\nc\n\n', '+3\n');
    one.send('monitor work 100\n');
    await advance(200);
    await one.hears(`${items('a', 'b', 'c')}*\n`);
    for (const count of ['4', '0', '-1']) await one.asks(`confirm work ${count}\n`, '-Not that many transactions open.\n');
    await one.asks('confirm work 2\n', '+2\n');
    one.destroy();
    await settle();
    await other.asks('get work\n', ':c\n');
    await other.asks('confirm never 1\n', '-Not that many transactions open.\n');
  });

  test('a monitor ends when as many are open as may be', async () => {
    const wire = await (await setup()).connectText();
    const many = Array.from({ length: 130 }, (_, at) => `${at}`);

    await wire.asks(`put work:\n${many.join('\n')}\n\n`, '+130\n');
    await wire.asks('monitor work 10000\n', `${items(...many.slice(0, 100))}*\n`);
    await wire.asks('monitor work 10000\n', items(...many.slice(100)));
  });
});

describe('the other commands', () => {
  test('flush and delete', async () => {
    const wire = await (await setup()).connectText();

    await wire.asks('put work:\na\nb\n\n', '+2\n');
    await wire.asks('get work\n', ':a\n');
    await wire.asks('flush work\n', '+0\n');
    await wire.asks('get work\n', '*\n');
    await wire.asks('put work:\nc\n\n', '+1\n');
    await wire.asks('delete work\n', '+0\n');
    await wire.asks('get work\n', '*\n');
    await wire.asks('flush never\n', '+0\n');
    await wire.asks('delete never\n', '+0\n');
  });

  test('status, and what it forbids', async () => {
    const wire = await (await setup()).connectText();

    await wire.asks('status\n', ':UP\n');
    await wire.asks('put work:\na\nb\n\n', '+2\n');
    await wire.asks('status ReadOnly\n', '+0\n');
    await wire.asks('status\n', ':READONLY\n');
    await wire.asks('put work:\nc\n\n', '-Server not available for operation setItem\n');
    await wire.asks('flush work\n', '-Server not available for operation flush\n');
    await wire.asks('delete work\n', '-Server not available for operation delete\n');
    await wire.asks('get work\n', ':a\n');
    await wire.asks('status quiescent\n', '+0\n');
    await wire.asks('get work\n', '-Server not available for operation getItem\n');
    await wire.asks('monitor work 10\n', '-Server not available for operation monitorUntil\n');
    await wire.asks('status down\n', '-Unknown status.\n');
    await wire.asks('status up\n', '+0\n');
    await wire.asks('get work\n', ':b\n');
  });

  test('shutdown is refused unless it is allowed', async () => {
    let stopped = 0;
    const wire = await (await setup()).connectText();
    await wire.asks(
      'shutdown\n',
      '-Shutdown is not allowed; --kestrel-shutdown of the producer, or TIERCEL_KESTREL_SHUTDOWN=true, allows it.\n',
    );
    await wire.asks('version\n', ':2.4.7\n');

    const allowed = await (await setup({ shutdown: () => stopped++ })).connectText();
    await allowed.asks('shutdown\n', '+0\n');
    await allowed.isHungUpOn();
    expect(stopped).toBe(1);
  });

  test('quit hangs up without a word', async () => {
    const wire = await (await setup()).connectText();
    await wire.send('version\nquit\nversion\n').hears(':2.4.7\n');
    await wire.isHungUpOn();
  });

  test('what is sent together is answered in order', async () => {
    const wire = await (await setup()).connectText();
    await wire.asks(
      'put work:\na\n\nget work\npeek work\nbogus\nget work\nversion\n',
      '+1\n:a\n*\n-Unknown command: bogus\n*\n:2.4.7\n',
    );
  });
});

describe('an error', () => {
  test.each([
    ['get\n', '-Queue name required.\n'],
    ['get work soon\n', '-Error parsing timeout.\n'],
    ['put work soon:\nhello\n\n', '-Error parsing expiration time.\n'],
    ['put a.b:\nhello\n\n', '-Illegal queue name.\n'],
    [`put ${'q'.repeat(100)}:\nhello\n\n`, '-Illegal queue name.\n'],
    [`get ${'q'.repeat(100)}\n`, '-Illegal queue name.\n'],
    ['monitor work\n', '-Queue name & timeout required.\n'],
    ['confirm work\n', '-Queue name & count required.\n'],
    ['set work 0 0 5\n', '-Unknown command: set\n'],
    ['\n', '-Unknown command: \n'],
    [`get ${'q'.repeat(9_000)}\n`, '-Line too long.\n'],
  ])('leaves the connection and what is open as they are: %j', async (request, reply) => {
    const { connectText } = await setup();
    const wire = await connectText();
    await wire.asks('put work:\na\nb\n\n', '+2\n');
    await wire.asks('get work\n', ':a\n');

    await wire.asks(request, reply);

    await wire.asks('confirm work 1\n', '+1\n');
    await wire.asks('get work\n', ':b\n');
  });

  test('an item that the queue refuses is not counted', async () => {
    const { connectText, client, settle } = await setup();
    const done = client.tenant(TENANT).set('work', { maxItems: 2, maxItemBytes: 4 });
    await settle();
    await done;
    const wire = await connectText();

    await wire.asks('put work:\na\ntoo long\nb\nc\n\n', '+2\n');
    await wire.asks('get work\n', ':a\n');
    await wire.asks('get work\n', ':b\n');
  });

  test('brokers that are not there are no empty queue', async () => {
    const { connectText, cut, heal, advance } = await setup();
    const wire = await connectText();
    await wire.asks('put work:\na\n\n', '+1\n');

    cut();
    wire.send('get work 100\n');
    await advance(20_000);
    expect(wire.heard).toMatch(/^-(NO_ANSWER|UNREACHABLE): .*\n$/);
    await wire.hears(wire.heard);
    heal();
    await advance(10_000);
    await wire.asks('get work\n', ':a\n');
  });
});

test('a put that is cut off stores nothing, wherever it is', async () => {
  const { connectText, settle } = await setup();
  const request = 'put work:\nhello\nworld\n\n';
  for (let at = 0; at < request.length; at++) {
    const wire = await connectText();
    wire.socket.end(request.slice(0, at));
    await wire.isHungUpOn();
  }
  await settle();
  await (await connectText()).asks('get work\n', '*\n');
});

test('a client that is served line by line is told the same at every cut', async () => {
  const { connectText } = await setup();
  const request = 'put work:\r\nhello\r\n\r\nget work 5\r\nconfirm work 1\r\n';
  for (let at = 1; at < request.length; at++) {
    const wire = await connectText();
    wire.send(request.slice(0, at));
    await new Promise(setImmediate);
    await wire.asks(request.slice(at), '+1\n:hello\n+1\n');
    wire.destroy();
  }
});

test('a door that is bound to no tenant serves lines to this machine alone', async () => {
  await expect(setup({ tenant: undefined, text: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
    code: 'BAD_CONFIG',
    facts: { '--kestrel-text': expect.stringContaining('0.0.0.0') },
  });
  const { connectText, perform } = await setup({ tenant: undefined });
  await (await connectText()).asks('put work:\n{"instance":"acme","jobName":"Send"}\n\n', '+1\n');
  expect(await perform('acme', 'work')).toMatchObject({ tenant: 'acme', name: 'Send' });
});

test('an address that is taken is told with its flag, and nothing of the door stays open', async () => {
  const { door } = await setup();
  const port = door.textPort as number;
  await expect(setup({ text: { ...HERE, port } })).rejects.toMatchObject({
    code: 'BAD_CONFIG',
    facts: { '--kestrel-text': expect.stringContaining('EADDRINUSE') },
  });
});

import { describe, expect, test } from 'vitest';
import { type Scene, set, setup, value, type Wire } from './setup.test.kit.js';

/** How a client may go. */
const WAYS: readonly [way: string, go: (wire: Wire) => void][] = [
  ['ends', (wire) => wire.socket.end()],
  ['is killed', (wire) => wire.destroy()],
  ['is reset', (wire) => wire.socket.resetAndDestroy()],
];

/** Sends the first bytes of a request, and is gone. */
async function cutOff(
  { connect, settle }: Scene,
  text: string,
  bytes: number,
  go: (wire: Wire) => void,
  before = '',
): Promise<void> {
  const wire = await connect();
  if (before !== '') {
    wire.send(before);
    await wire.until('END\r\n');
  }
  wire.send(text.slice(0, bytes));
  if (bytes > 0 && bytes < text.length) await settle();
  go(wire);
  await settle();
}

/** All that is there, in order, and what is open is not. */
async function drain(wire: Wire, queue: string): Promise<string[]> {
  const items: string[] = [];
  for (;;) {
    wire.send(`get ${queue}\r\n`);
    const told = await wire.until('END\r\n');
    if (told === 'END\r\n') return items;
    items.push(told.split('\r\n')[1] as string);
  }
}

describe.each(WAYS)('a client that %s at any byte', (_, go) => {
  test('of a set: the item is not there before its last byte came, and never twice', async () => {
    const scene = await setup();
    const checker = await scene.connect();
    const text = set('work', 'hello');

    for (let bytes = 0; bytes <= text.length; bytes++) {
      await cutOff(scene, text, bytes, go);
      const items = await drain(checker, 'work');
      if (bytes < text.length) expect(items).toEqual([]);
      else expect(['', 'hello']).toContain(items.join());
    }
  });

  test('of a get: the item is there until the request came whole, and never twice', async () => {
    const scene = await setup();
    const checker = await scene.connect();
    const text = 'get work\r\n';

    for (let bytes = 0; bytes <= text.length; bytes++) {
      await checker.asks(set('work', 'hello'), 'STORED\r\n');
      await cutOff(scene, text, bytes, go);
      const items = await drain(checker, 'work');
      // the end of a line is its LF; a request that came whole may have been answered
      if (bytes < text.length) expect(items).toEqual(['hello']);
      else expect(['', 'hello']).toContain(items.join());
    }
  });

  test.each(['get work/open\r\n', 'get work/t=10000/open\r\n', 'monitor work 100\r\n'])(
    'of %j: nothing is lost and nothing is double',
    async (text) => {
      const scene = await setup();
      const checker = await scene.connect();

      for (let bytes = 0; bytes <= text.length; bytes++) {
        await checker.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');
        await cutOff(scene, text, bytes, go);
        expect((await drain(checker, 'work')).sort()).toEqual(['a', 'b']);
      }
    },
  );

  test('of a get that waits: what comes later is for others', async () => {
    const scene = await setup();
    const checker = await scene.connect();
    const text = 'get work/t=10000\r\n';

    for (let bytes = 0; bytes <= text.length; bytes++) {
      await cutOff(scene, text, bytes, go);
      await checker.asks(set('work', 'hello'), 'STORED\r\n');
      await scene.settle();
      expect(await drain(checker, 'work')).toEqual(['hello']);
    }
  });

  test.each(['get work/close\r\n', 'get work/close/open\r\n', 'confirm work 1\r\n'])(
    'of %j: what was open is there again unless it was closed',
    async (text) => {
      const scene = await setup();
      const checker = await scene.connect();

      for (let bytes = 0; bytes <= text.length; bytes++) {
        await checker.asks(set('work', 'a') + set('work', 'b'), 'STORED\r\nSTORED\r\n');
        await cutOff(scene, text, bytes, go, 'get work/open\r\n');
        const items = await drain(checker, 'work');
        if (bytes < text.length) expect(items).toEqual(['a', 'b']);
        else expect(['b', 'a,b', 'b,a']).toContain(items.join());
      }
    },
  );

  test('of the answer to an open: the item is there again', async () => {
    const scene = await setup();
    const checker = await scene.connect();
    const large = 'x'.repeat(200_000);
    await checker.asks(set('work', large), 'STORED\r\n');

    for (const chunks of [0, 1, 2]) {
      const wire = await scene.connect();
      wire.send('get work/open\r\n');
      for (let chunk = 0; chunk < chunks; chunk++) await wire.hearsSomething();
      go(wire);
      await scene.settle();
      await checker.asks('get work/open\r\n', value('work', large));
      await checker.asks('get work/abort\r\n', 'END\r\n');
    }
  });
});

test('who goes away in a crowd costs the others nothing: a third of the waiting clients is killed, and every item is had once', async () => {
  const scene = await setup();
  const producer = await scene.connect();
  const wires = await Promise.all(Array.from({ length: 30 }, () => scene.connect()));
  for (const wire of wires) wire.send('get work/t=60000/open\r\n');
  await scene.settle();
  for (const [at, wire] of wires.entries()) if (at % 3 === 0) wire.destroy();

  const items = Array.from({ length: 20 }, (_, at) => `item-${at}`);
  for (const item of items) await producer.asks(set('work', item), 'STORED\r\n');
  const living = wires.filter((_, at) => at % 3 !== 0);
  const had = await Promise.all(living.map(async (wire) => (await wire.until('END\r\n')).split('\r\n')[1]));
  expect(had.sort()).toEqual([...items].sort());
});

import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { oneWriteATurn } from './one-write.js';

/** A connection that says in how many writes things arrive. */
function setup() {
  const writes: string[][] = [];
  const stream = new PassThrough();
  stream._write = (chunk, _, done) => {
    writes.push([String(chunk)]);
    done();
  };
  stream._writev = (chunks, done) => {
    writes.push(chunks.map(({ chunk }) => String(chunk)));
    done();
  };
  const hold = oneWriteATurn({ stream } as never);
  const send = (command: string) => {
    hold();
    stream.write(command);
  };
  return { send, writes };
}

test('commands of one turn and its microtasks leave in one write, those of the next in another', async () => {
  const { send, writes } = setup();

  send('a');
  await Promise.resolve();
  send('b');
  expect(writes).toEqual([]);
  await new Promise(setImmediate);
  send('c');
  await new Promise(setImmediate);

  expect(writes).toEqual([['a', 'b'], ['c']]);
});

test('without a connection nothing is held', () => {
  expect(() => oneWriteATurn({ stream: undefined } as never)()).not.toThrow();
});

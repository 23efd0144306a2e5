import { expect, test } from 'vitest';
import { Outbox } from './outbox.js';

function setup() {
  const written: (readonly string[])[] = [];
  return { outbox: new Outbox<string>((items) => written.push(items)), written };
}

test('what a turn and its microtasks send goes out together, in order', async () => {
  const { written, outbox } = setup();

  outbox.add('a');
  await Promise.resolve();
  outbox.add('b');
  expect(written).toEqual([]);
  await new Promise(setImmediate);

  expect(written).toEqual([['a', 'b']]);
  outbox.add('c');
  await new Promise(setImmediate);
  expect(written).toEqual([['a', 'b'], ['c']]);
});

test('a flush is at once, and what it sent is not sent again', async () => {
  const { outbox, written } = setup();

  outbox.add('a');
  outbox.flush();
  expect(written).toEqual([['a']]);
  await new Promise(setImmediate);

  expect(written).toEqual([['a']]);
});

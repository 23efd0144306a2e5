import { expect, test } from 'vitest';
import { Outbox } from './outbox.js';

const NOTHING = new Uint8Array();

function setup() {
  const published: string[] = [];
  const outbox = new Outbox((subject) => published.push(subject));
  return { outbox, published, add: (subject: string) => outbox.add(subject, NOTHING, '') };
}

test('what a turn and its microtasks publish goes out together, in order', async () => {
  const { published, add } = setup();

  add('a');
  await Promise.resolve();
  add('b');
  expect(published).toEqual([]);

  await new Promise(setImmediate);
  expect(published).toEqual(['a', 'b']);

  add('c');
  await new Promise(setImmediate);
  expect(published).toEqual(['a', 'b', 'c']);
});

test('a flush is at once, and what it sent is not sent again', async () => {
  const { outbox, published, add } = setup();

  add('a');
  outbox.flush();
  expect(published).toEqual(['a']);

  await new Promise(setImmediate);
  expect(published).toEqual(['a']);
});

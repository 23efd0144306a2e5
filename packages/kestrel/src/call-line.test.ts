import { expect, test } from 'vitest';
import { CallLine } from './call-line.js';
import { KESTREL_LIMITS } from './kestrel-limits.js';

/** A line, and calls that last until they are let go. */
function setup() {
  const line = new CallLine();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const call = (name: string, sharesBytes?: number) =>
    line.take(() => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    }, sharesBytes);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { line, begun, call, settle, end: (name: string) => ends.get(name)?.() };
}

test('calls go one after the other, and neighbours that share go together', async () => {
  const { begun, call, end, settle } = setup();

  for (const [name, sharesBytes] of [['a'], ['b', 1], ['c', 1], ['d'], ['e', 1]] as const) void call(name, sharesBytes);
  await settle();
  expect(begun).toEqual(['a']);
  end('a');
  await settle();
  expect(begun).toEqual(['a', 'b', 'c']);
  end('c');
  await settle();
  expect(begun).toEqual(['a', 'b', 'c']);
  end('b');
  await settle();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

test('those that share go together as far as their bytes allow', async () => {
  const { begun, call, end, settle } = setup();

  for (const name of ['a', 'b', 'c']) void call(name, KESTREL_LIMITS.sharingBytes - 1);
  await settle();
  expect(begun).toEqual(['a', 'b']);
  end('a');
  await settle();
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('a call that fails makes room for the next', async () => {
  const { line } = setup();

  const failed = line.take(() => Promise.reject(new Error('no')));

  await expect(failed).rejects.toThrow('no');
  expect(await line.take(async () => 'next')).toBe('next');
});

test('only so many wait; one more is refused before it has begun', async () => {
  const { call } = setup();

  for (let waiting = 0; waiting <= KESTREL_LIMITS.waitingCalls; waiting++) void call(`${waiting}`);

  await expect(call('one more')).rejects.toMatchObject({ code: 'BUSY' });
});

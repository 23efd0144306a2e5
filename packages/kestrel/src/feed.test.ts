import { expect, test } from 'vitest';
import { Feed } from './feed.js';

const KIB = 1024;

test('what is held grows with what has come, not with what was announced', () => {
  const feed = new Feed(100);

  feed.add(Buffer.alloc(1_000));
  expect(feed.block(1_000_000)).toBeUndefined();

  expect(feed.heldBytes).toBe(1_000);
});

test('an item that comes in a thousand pieces is copied a few times, not a thousand', () => {
  const feed = new Feed(100);
  const whole = Buffer.alloc(1024 * KIB);
  let grown = 0;
  let block: Uint8Array | undefined;

  for (let piece = 0; piece < 1_024; piece++) {
    const before = feed.heldBytes;
    feed.add(whole.subarray(piece * KIB, (piece + 1) * KIB));
    block = feed.block(whole.length);
    if (feed.heldBytes > before) grown++;
  }

  expect(block).toHaveLength(whole.length);
  expect(grown).toBeLessThanOrEqual(11);
  expect(feed.heldBytes).toBe(0);
});

test('nothing is held of what is skipped', () => {
  const feed = new Feed(100);

  feed.add(Buffer.alloc(5_000));

  expect(feed.skip(7_000)).toBe(2_000);
  expect(feed.heldBytes).toBe(0);
});

test('a block that was handed out stays as it is', () => {
  const feed = new Feed(100);

  feed.add(Buffer.from('ab'));
  expect(feed.block(4)).toBeUndefined();
  feed.add(Buffer.from('cdef'));
  const first = feed.block(4);
  expect(feed.block(4)).toBeUndefined();
  feed.add(Buffer.from('gh'));
  feed.block(4);

  expect(String(first)).toBe('abcd');
});

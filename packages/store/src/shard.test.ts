import { expect, test } from 'vitest';
import { shardOf } from './shard.js';

test('the shard of a tenant is its FNV-1a hash, modulo the number of shards', () => {
  const published = { '': 0x811c9dc5, a: 0xe40c292c, foobar: 0xbf9cf968 };

  for (const [text, hash] of Object.entries(published)) {
    expect(shardOf(text, 2 ** 32)).toBe(hash);
    expect(shardOf(text, 16)).toBe(hash % 16);
  }
});

test('tenants spread evenly over the shards', () => {
  const counts = new Array<number>(16).fill(0);
  for (let at = 0; at < 16_000; at++) counts[shardOf(`tenant-${at}`, 16)]!++;

  expect(Math.min(...counts)).toBeGreaterThan(900);
  expect(Math.max(...counts)).toBeLessThan(1_100);
});

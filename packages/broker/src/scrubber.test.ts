import type { Log } from '@tiercel/actors';
import { TiercelError } from '@tiercel/protocol';
import type { Mended } from '@tiercel/store';
import { describe, expect, test } from 'vitest';
import { setup } from './setup.test.kit.js';

const NOTHING: Mended = { lost: 0, stray: 0, counts: 0, quarantined: 0 };

/** A broker whose storage writes down which pages it is asked to scrub, each shard having three. */
async function scrubbing(told: Parameters<typeof setup>[0] = {}, mended: Mended = NOTHING) {
  const warned: unknown[][] = [];
  const log: Log = { debug() {}, info() {}, error() {}, warn: (...said) => void warned.push(said), child: () => log };
  const scene = await setup({ ...told, log });
  const pages: { readonly shard: number; readonly cursor: string; readonly atMs: number }[] = [];
  const page = { underWay: 0, most: 0, takesMs: 0 };
  scene.tap.instead.set('scrub', async (shard: number, cursor: string) => {
    pages.push({ shard, cursor, atMs: scene.kit.clock.monotonic() });
    page.most = Math.max(page.most, ++page.underWay);
    if (page.takesMs > 0) await new Promise<void>((done) => scene.kit.clock.after(page.takesMs, done));
    page.underWay--;
    const at = Number(cursor || 0);
    return { cursor: at === 2 ? '' : String(at + 1), looked: 1, mended };
  });
  return { ...scene, pages, page, warned };
}

describe('a broker with nothing else to do', () => {
  test('has each shard compared a page every five seconds, in rounds, one shard at a time', async () => {
    const scene = await scrubbing({ shards: 3 });
    scene.page.takesMs = 100;
    await scene.kit.advance(60_000);
    for (const shard of [0, 1, 2]) {
      const own = scene.pages.filter((page) => page.shard === shard);
      expect(own.length).toBeGreaterThanOrEqual(60 / 7.5);
      expect(own.length).toBeLessThanOrEqual(60 / 5);
      expect(own.map(({ cursor }) => cursor)).toEqual(own.map((_, at) => ['', '1', '2'][at % 3]));
      for (const [at, { atMs }] of own.slice(1).entries()) expect(atMs - own[at]!.atMs).toBeGreaterThanOrEqual(5_000);
    }
    expect(scene.page.most).toBe(1);
  });

  test('starts no page while one is under way, however long that takes', async () => {
    const scene = await scrubbing({ shards: 3 });
    scene.page.takesMs = 600_000;
    await scene.kit.advance(120_000);
    expect(scene.pages).toHaveLength(1);
  });
});

test('where sweeps always find something to do a page comes once a minute', async () => {
  const scene = await scrubbing({ shards: 1 });
  scene.tap.instead.set('prune', async () => ({ moved: 1, ready: [], nextInMs: undefined, nowMs: 0 }));
  await scene.kit.advance(190_000);
  expect(scene.pages).toHaveLength(3);
});

test('what was mended is said with its counts, and nothing when nothing was', async () => {
  const mended = { lost: 2, stray: 0, counts: 1, quarantined: 0 };
  const [damaged, sound] = [await scrubbing({ shards: 1 }, mended), await scrubbing({ shards: 1 })];
  for (const scene of [damaged, sound]) await scene.kit.advance(7_500);
  expect(damaged.warned).toEqual([[{ shard: 0, ...mended }, 'storage mended']]);
  expect(sound.warned).toEqual([]);
});

describe('when the storage fails', () => {
  test('by being away, the round goes on where it was', async () => {
    const scene = await scrubbing({ shards: 1 });
    await scene.kit.advance(12_500);
    scene.tap.failing.add('scrub');
    await scene.kit.advance(20_000);
    scene.tap.failing.clear();
    await scene.kit.advance(7_500);
    expect(scene.pages.map(({ cursor }) => cursor).slice(0, 3)).toEqual(['', '1', '2']);
  });

  test('otherwise, the round begins anew', async () => {
    const scene = await scrubbing({ shards: 1 });
    await scene.kit.advance(12_500);
    const scrub = scene.tap.instead.get('scrub')!;
    scene.tap.instead.set('scrub', () => Promise.reject(new TiercelError('BAD_OPTION')));
    await scene.kit.advance(7_500);
    scene.tap.instead.set('scrub', scrub);
    await scene.kit.advance(7_500);
    expect(scene.pages.map(({ cursor }) => cursor)).toEqual(['', '1', '']);
  });

  test('because it cannot scrub at all, it is not asked again', async () => {
    const scene = await scrubbing({ shards: 2 });
    let asked = 0;
    scene.tap.instead.set('scrub', () => {
      asked++;
      return Promise.reject(new TiercelError('NOT_SUPPORTED'));
    });
    await scene.kit.advance(60_000);
    expect(asked).toBe(1);
  });
});

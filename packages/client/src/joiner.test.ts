import { createTestKit } from '@tiercel/actors/testing';
import { describe, expect, test } from 'vitest';
import { Joiner, type JoinerOptions } from './joiner.js';

const LINGER_MS = 10;
/** Longer than any linger. */
const LONG_MS = 1_000;

/** A joiner of numbers that are as large as they say, whose batches are answered when the test says so. */
function setup(told: Partial<JoinerOptions<number, number>> = {}) {
  const kit = createTestKit();
  const batches: (readonly number[])[] = [];
  const answers: (() => void)[] = [];
  const joiner = new Joiner<number, number>({
    ...{ clock: kit.clock, random: kit.random, maxItems: 3, maxBytes: 1_000, inFlight: 2, maxWaiting: 100, retryForMs: 0 },
    sizeOf: (item) => item,
    send(items) {
      batches.push(items);
      return new Promise((resolve) => answers.push(() => resolve(items)));
    },
    ...told,
  });
  const add = (...items: number[]) => Promise.all(items.map((item) => joiner.add(item)));
  /** One batch that nobody answers yet. */
  async function withOneUnderWay() {
    const first = add(1);
    await kit.settle();
    expect(batches).toEqual([[1]]);
    return { first };
  }
  return { kit, joiner, batches, answers, add, withOneUnderWay };
}

describe('beside a batch that is under way', () => {
  test('goes nothing before its linger is over, and then all that waits', async () => {
    const { kit, batches, add, withOneUnderWay } = setup();
    await withOneUnderWay();
    void add(2);
    await kit.advance(LINGER_MS - 1);
    void add(3);
    await kit.settle();
    expect(batches).toEqual([[1]]);
    await kit.advance(1);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  test('goes a full batch at once', async () => {
    const { kit, batches, add, withOneUnderWay } = setup();
    await withOneUnderWay();
    void add(2, 3);
    await kit.settle();
    expect(batches).toEqual([[1]]);
    void add(4);
    await kit.settle();
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  test('goes a batch at once that is full of bytes', async () => {
    const { kit, batches, add, withOneUnderWay } = setup();
    await withOneUnderWay();
    void add(999);
    await kit.settle();
    expect(batches).toEqual([[1]]);
    void add(1);
    await kit.settle();
    expect(batches).toEqual([[1], [999, 1]]);
  });

  test('goes of what is more than full only the full part; the rest lingers', async () => {
    const { kit, batches, add, withOneUnderWay } = setup({ inFlight: 3 });
    await withOneUnderWay();
    void add(2, 3, 4, 5);
    await kit.advance(LINGER_MS - 1);
    expect(batches).toEqual([[1], [2, 3, 4]]);
    await kit.advance(1);
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  test('goes nothing when as many are under way as may be, however full and however long', async () => {
    const { kit, batches, answers, add, withOneUnderWay } = setup({ inFlight: 1 });
    await withOneUnderWay();
    void add(2, 3, 4, 5);
    await kit.advance(LONG_MS);
    expect(batches).toEqual([[1]]);
    answers[0]!();
    await kit.settle();
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });
});

test('what waits goes with the answer of the batch before it, and each item has its own verdict', async () => {
  const { kit, batches, answers, add, withOneUnderWay } = setup();
  const { first } = await withOneUnderWay();
  const second = add(2, 3);
  await kit.advance(1);
  answers[0]!();
  await kit.settle();
  expect(batches).toEqual([[1], [2, 3]]);
  answers[1]!();
  expect([await first, await second]).toEqual([[1], [2, 3]]);
});

test('a linger that is over with nothing waiting does not hasten who comes later', async () => {
  const { kit, batches, answers, add, withOneUnderWay } = setup();
  await withOneUnderWay();
  void add(2);
  await kit.advance(LINGER_MS - 1);
  answers[0]!();
  await kit.settle();
  expect(batches).toEqual([[1], [2]]);
  void add(3);
  await kit.advance(LINGER_MS - 1);
  expect(batches).toEqual([[1], [2]]);
  await kit.advance(1);
  expect(batches).toEqual([[1], [2], [3]]);
});

test('an item larger than a batch goes alone', async () => {
  const { kit, batches, add } = setup();
  void add(5_000, 1);
  await kit.settle();
  expect(batches).toEqual([[5_000]]);
  await kit.advance(LINGER_MS);
  expect(batches).toEqual([[5_000], [1]]);
});

test('an item that counts as several makes a batch full sooner, and is never parted', async () => {
  const { kit, batches, add, withOneUnderWay } = setup({ countOf: (item) => item });
  await withOneUnderWay();
  void add(2, 2);
  await kit.advance(LINGER_MS);
  expect(batches).toEqual([[1], [2]]);
});

test('whoever says when batches are made says so also for what comes while one is under way', async () => {
  const turns: (() => void)[] = [];
  const { kit, batches, answers, add } = setup({ soon: (act) => void turns.push(act) });
  void add(1);
  void add(2);
  await kit.settle();
  expect(batches).toEqual([]);
  turns.shift()?.();
  expect(batches).toEqual([[1, 2]]);
  void add(3);
  turns.shift()?.();
  expect(batches).toEqual([[1, 2]]);
  answers.shift()?.();
  await kit.settle();
  turns.shift()?.();
  expect(batches).toEqual([[1, 2], [3]]);
});

import { expect, test } from 'vitest';
import { forkRandom, seededRandom } from './random.js';
import { Trace } from './trace.js';

const draw = (seed: number, count = 8) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

test('a seed gives one sequence, and seeds that differ anywhere give others', () => {
  expect(draw(7)).toEqual(draw(7));
  const firsts = [0, 1, 2, 7, 2 ** 32, 2 ** 40, 2 ** 52].map((seed) => draw(seed)[0]);
  expect(new Set(firsts).size).toBe(firsts.length);
});

test('numbers lie in 0 … 1 and fill it evenly', () => {
  const buckets = new Array<number>(10).fill(0);
  for (const number of draw(3, 10_000)) {
    expect(number >= 0 && number < 1).toBe(true);
    buckets[Math.floor(number * 10)]!++;
  }
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

test('bytes come from the same seed', () => {
  expect(seededRandom(9).bytes(16)).toEqual(seededRandom(9).bytes(16));
  expect(seededRandom(9).bytes(16)).not.toEqual(seededRandom(10).bytes(16));
  expect(new Set(seededRandom(9).bytes(1_000)).size).toBeGreaterThan(200);
});

test('a fork draws on its own', () => {
  const parent = seededRandom(1);
  const fork = forkRandom(parent);
  const undisturbed = seededRandom(1);
  forkRandom(undisturbed).next();
  for (let i = 0; i < 100; i++) fork.next();
  expect(parent.next()).toBe(undisturbed.next());
});

test('the trace is FNV-1a 64', () => {
  const hashOf = (text: string) => {
    const trace = new Trace();
    trace.add(text);
    return trace.hash;
  };
  // test vectors of the FNV authors
  expect([hashOf(''), hashOf('a'), hashOf('foobar')]).toEqual(['cbf29ce484222325', 'af63dc4c8601ec8c', '85944171f73967e8']);
});

import { expect, test } from 'vitest';
import { Shared } from './shared.js';

function setup() {
  const runs: { end: (value: number) => void; fail: (error: Error) => void }[] = [];
  const shared = new Shared(() => new Promise<number>((end, fail) => void runs.push({ end, fail })));
  return { shared, runs };
}

test('one run at a time; whoever comes meanwhile shares the next', async () => {
  const { shared, runs } = setup();
  const first = shared.get();
  const late = [shared.get(), shared.get()];

  expect(runs).toHaveLength(1);
  runs[0]?.end(1);
  expect(await first).toBe(1);
  expect(runs).toHaveLength(2);
  runs[1]?.end(2);
  expect(await Promise.all(late)).toEqual([2, 2]);
  void shared.get();
  expect(runs).toHaveLength(3);
});

test('a run that failed is told to those who asked for it, and the next is another', async () => {
  const { shared, runs } = setup();
  const first = shared.get();
  const late = shared.get();

  runs[0]?.fail(new Error('away'));
  await expect(first).rejects.toThrow('away');
  runs[1]?.end(2);
  expect(await late).toBe(2);
});

import { expect, test } from 'vitest';
import { realClock, realRandom } from './real.js';
import { RestartBudget } from './restart-budget.js';
import { createTestKit, seededRandom, VirtualClock } from './testing/index.js';
import { intBelow, jittered, uuidV7 } from './time.js';

test('a UUIDv7 begins with the milliseconds and has version and variant', () => {
  const id = uuidV7(new VirtualClock({ startAtMs: 0x0123456789ab }), seededRandom(1));
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('chance keeps to its bounds', () => {
  const random = seededRandom(4);
  const numbers = Array.from({ length: 1_000 }, () => intBelow(random, 6));
  expect(new Set(numbers)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  for (let i = 0; i < 1_000; i++) {
    const ms = jittered(random, 100);
    expect(ms >= 80 && ms <= 120).toBe(true);
  }
});

test('the real clock fires once and not after its undo, and real dice differ', async () => {
  const fired: string[] = [];
  realClock.after(1, () => fired.push('undone'))();
  const before = realClock.monotonic();
  await new Promise<void>((resolve) => realClock.after(2, resolve));
  expect(fired).toEqual([]);
  expect(realClock.monotonic()).toBeGreaterThan(before);
  expect(realRandom.bytes(16)).not.toEqual(realRandom.bytes(16));
  expect(realRandom.bytes(10_000)).toHaveLength(10_000);
});

test('a restart budget says how many came before, and forgets them with time', () => {
  const budget = new RestartBudget({ strategy: 'one_for_one', maxRestarts: 2, withinMs: 100, backoff: { baseMs: 0, maxMs: 0 } });
  expect([budget.spend(0), budget.spend(50), budget.spend(99)]).toEqual([0, 1, undefined]);
  expect(budget.spend(100)).toBe(1);
});

test('a kit draws other chances for each of its systems', async () => {
  const kit = createTestKit({ seed: 5 });
  const draws: number[] = [];
  for (const name of ['a', 'b']) {
    kit.system(name).spawn<object>({
      name: 'dice',
      actor: (ctx) => {
        draws.push(ctx.random.next());
        return {};
      },
    });
  }
  await kit.settle();
  expect(new Set(draws).size).toBe(2);
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sleep } from '../time.js';
import { seededRandom } from './random.js';
import { VirtualClock } from './virtual-clock.js';

test('timers fire at their time, earliest first, and time stands still between', async () => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  for (const ms of [30, 10, 20]) clock.after(ms, () => fired.push(clock.monotonic()));

  await clock.advance(25);
  expect(fired).toEqual([10, 20]);
  expect(clock.monotonic()).toBe(25);
  expect(clock.pending).toBe(1);
});

test('after each timer all that follows from it is done before the next', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const work = async (name: string) => {
    for (let step = 0; step < 5; step++) {
      await null;
      seen.push(`${name}${step}`);
    }
  };
  clock.after(1, () => void work('a'));
  clock.after(1, () => void work('b'));

  await clock.advance(1);
  expect(seen).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'b0', 'b1', 'b2', 'b3', 'b4']);
});

test('a timer set by a timer fires within the same advance when it is due', async () => {
  const clock = new VirtualClock();
  const woke: number[] = [];
  void (async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 10);
      woke.push(clock.monotonic());
    }
  })();

  await clock.advance(100);
  expect(woke).toEqual([10, 20, 30]);
});

test('an undone timer does not fire, and undoing it again or afterwards does nothing', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  const undo = clock.after(10, () => fired++);
  clock.after(10, () => fired++);
  undo();
  undo();
  expect(clock.pending).toBe(1);

  await clock.advance(10);
  undo();
  expect(fired).toBe(1);
  expect(clock.pending).toBe(0);
});

test('timers keep their order while thousands around them are undone', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(5);
  const fired: number[] = [];
  for (let i = 0; i < 5_000; i++) {
    const ms = Math.floor(random.next() * 1_000);
    const undo = clock.after(ms, () => fired.push(ms));
    if (i % 10 !== 0) undo();
  }
  expect(clock.pending).toBe(500);

  await clock.advance(1_000);
  expect(fired).toHaveLength(500);
  expect(fired).toEqual([...fired].sort((one, other) => one - other));
});

test('ties go in the order they were set, or as a seed draws it', async () => {
  const order = async (clock: VirtualClock) => {
    const fired: number[] = [];
    for (let i = 0; i < 20; i++) clock.after(1, () => fired.push(i));
    await clock.advance(1);
    return fired;
  };
  const inOrder = Array.from({ length: 20 }, (_, i) => i);

  expect(await order(new VirtualClock())).toEqual(inOrder);
  const drawn = await order(new VirtualClock({ ties: seededRandom(1) }));
  expect(drawn).not.toEqual(inOrder);
  expect(await order(new VirtualClock({ ties: seededRandom(1) }))).toEqual(drawn);
  expect(await order(new VirtualClock({ ties: seededRandom(2) }))).not.toEqual(drawn);
});

test('the wall clock may jump; the monotonic one and timers do not notice', async () => {
  const clock = new VirtualClock({ startAtMs: 1_000_000 });
  let fired = false;
  clock.after(10, () => {
    fired = true;
  });
  clock.jump(-5_000);

  expect(clock.now()).toBe(995_000);
  expect(clock.monotonic()).toBe(0);
  await clock.advance(9);
  expect(fired).toBe(false);
  await clock.advance(1);
  expect(fired).toBe(true);
  expect(clock.now()).toBe(995_010);
});

test('what repeats without waiting is an error, not a hang', async () => {
  const clock = new VirtualClock({ maxEvents: 100 });
  const again = () => void clock.after(0, again);
  again();
  await expect(clock.settle()).rejects.toThrow(/over 100 events/);
});

test('time stands still for as long as it is held, and is held again until nobody holds it', async () => {
  const seen: string[] = [];
  let holds = 0;
  const clock: VirtualClock = new VirtualClock({
    hold: () => (holds-- > 0 ? nextTurn().then(() => void seen.push(`held at ${clock.monotonic()}`)) : undefined),
  });
  clock.after(5, () => {
    holds = 2;
    seen.push('first');
  });
  clock.after(6, () => seen.push('second'));

  await clock.advance(10);

  expect(seen).toEqual(['first', 'held at 5', 'held at 5', 'second']);
});

test('what a hold fails with is what the advance fails with', async () => {
  const clock = new VirtualClock({ hold: () => Promise.reject(new Error('not quiet')) });

  await expect(clock.advance(1)).rejects.toThrow('not quiet');
});

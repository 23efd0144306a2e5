import { VirtualClock } from '@tiercel/actors/testing';
import { expect, test } from 'vitest';
import { ClockWatch } from './clock-watch.js';

/** A server whose clock is set by hand, asked every 30 seconds. */
function setup() {
  const clock = new VirtualClock();
  const watch = new ClockWatch(clock);
  let serverMs = 1_000_000;
  watch.saw('a', serverMs, 1);
  return {
    watch,
    clock,
    /** Asks again after 30 seconds in which the server's clock went on by as much and jumped by `byMs`. */
    async ask(byMs: number, tookMs = 1): Promise<number> {
      await clock.advance(30_000);
      serverMs += 30_000 + byMs;
      return watch.saw('a', serverMs, tookMs);
    },
  };
}

test.each([5_000, -5_000, 1_100, -1_100])('a jump of %d ms is told once', async (byMs) => {
  const { watch, ask } = setup();

  expect([await ask(byMs), await ask(0), watch.jumpMs]).toEqual([byMs, 0, byMs]);
});

test('what is within a second and the way of the question is no jump, however often', async () => {
  const { watch, ask } = setup();

  expect([await ask(900), await ask(900), await ask(900), await ask(-4_000, 3_500)]).toEqual([0, 0, 0, 0]);
  expect(watch.jumpMs).toBe(0);
});

test('a jump is forgotten after ten minutes', async () => {
  const { watch, clock, ask } = setup();
  await ask(60_000);

  await clock.advance(599_999);
  expect(watch.jumpMs).toBe(60_000);
  await clock.advance(1);
  expect(watch.jumpMs).toBe(0);
});

test('servers are not compared with one another', () => {
  const { watch } = setup();

  expect(watch.saw('b', 0, 1)).toBe(0);
});

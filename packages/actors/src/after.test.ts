import { expect, test } from 'vitest';
import type { Actor, LocalRef } from './actor.js';
import { createTestKit } from './testing/index.js';
import type { Undo } from './time.js';

interface Alarm {
  set(delayMs: number): void;
  unset(x: null): void;
  ring(text: string): void;
  crash(x: null): void;
}

function setup() {
  const kit = createTestKit();
  const rings: string[] = [];
  let lives = 0;
  const alarm: Actor<Alarm> = (ctx) => {
    const life = ++lives;
    let undo: Undo = () => {};
    return {
      set(delayMs) {
        undo = ctx.after(delayMs, 'ring', `life ${life}`);
      },
      unset: () => undo(),
      ring: (text) => void rings.push(text),
      crash() {
        throw new Error('crash');
      },
    };
  };
  const plan = { strategy: 'one_for_one', maxRestarts: 3, withinMs: 1_000, backoff: { baseMs: 0, maxMs: 0 } } as const;
  const children: LocalRef<Alarm>[] = [];
  kit.system('a').spawn<object>({
    name: 'top',
    actor(ctx) {
      children.push(ctx.supervise(plan, { alarm: { name: 'alarm', actor: alarm } }).alarm);
      return {};
    },
  });
  return { ...kit, rings, alarm: () => children[0] as LocalRef<Alarm> };
}

test('a message to itself comes after its delay, once', async () => {
  const { alarm, settle, advance, rings } = setup();
  await settle();
  alarm().tell('set', 10);

  await advance(9);
  expect(rings).toEqual([]);
  await advance(100);
  expect(rings).toEqual(['life 1']);
});

test('an undone one never comes', async () => {
  const { alarm, settle, advance, rings, clock } = setup();
  await settle();
  alarm().tell('set', 10);
  alarm().tell('unset', null);

  await settle();
  expect(clock.pending).toBe(0);
  await advance(100);
  expect(rings).toEqual([]);
});

test('a restart undoes what the life before had set', async () => {
  const { alarm, settle, advance, rings } = setup();
  await settle();
  alarm().tell('set', 10);
  alarm().tell('crash', null);
  await settle();

  await advance(100);
  expect(rings).toEqual([]);
  alarm().tell('set', 10);
  await advance(10);
  expect(rings).toEqual(['life 2']);
});

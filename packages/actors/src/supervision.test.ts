import { expect, test } from 'vitest';
import type { Actor, Behavior, ChildSpec, Exit, LocalRef, Strategy, Supervision } from './actor.js';
import { createTestKit } from './testing/index.js';

interface Child {
  count(x: null): number;
  wait(ms: number): void;
  crash(x: null): void;
  leave(x: null): void;
}

type Kids = readonly [LocalRef<Child>, LocalRef<Child>, LocalRef<Child>];

/** A supervisor `top` with the children a, b and c; `events` tells of their lives. */
async function setup(plan: Partial<Supervision> = {}, specs: Partial<Record<string, Partial<ChildSpec<Child>>>> = {}) {
  const kit = createTestKit();
  const events: string[] = [];
  const child =
    (name: string): Actor<Child> =>
    (ctx) => {
      let count = 0;
      events.push(`${name} starts`);
      ctx.onStop(() => void events.push(`${name} ends`));
      return {
        count: () => ++count,
        wait: (ms) => new Promise<void>((resolve) => ctx.clock.after(ms, resolve)),
        crash() {
          throw new Error(`${name} crashed`);
        },
        leave: () => ctx.stop(),
      };
    };
  const spec = (name: string): ChildSpec<Child> => ({ name, actor: child(name), ...specs[name] });
  const full: Supervision = { strategy: 'one_for_one', maxRestarts: 3, withinMs: 1_000, backoff: { baseMs: 0, maxMs: 0 }, ...plan };
  let kids: Kids | undefined;
  const system = kit.system('s');
  const top = system.spawn<object>({
    name: 'top',
    actor(ctx) {
      kids = ctx.supervise(full, [spec('a'), spec('b'), spec('c')]);
      return {};
    },
  });
  await kit.settle();
  const started = events.splice(0);
  const [a, b, c] = kids as unknown as Kids;
  return { ...kit, system, top, events, started, a, b, c };
}

test('children start in order', async () => {
  const { started } = await setup();
  expect(started).toEqual(['a starts', 'b starts', 'c starts']);
});

const restarted: Record<Strategy, string[]> = {
  one_for_one: ['b ends', 'b starts'],
  rest_for_one: ['b ends', 'c ends', 'b starts', 'c starts'],
  one_for_all: ['b ends', 'c ends', 'a ends', 'a starts', 'b starts', 'c starts'],
};
for (const [strategy, expected] of Object.entries(restarted) as [Strategy, string[]][]) {
  test(`${strategy} restarts ${expected.filter((event) => event.endsWith('starts')).length} of three when the second crashes`, async () => {
    const { b, settle, events, system } = await setup({ strategy });
    b.tell('crash', null);

    await settle();
    expect(events).toEqual(expected);
    expect(system.counters.restarts).toBe(expected.length / 2);
  });
}

test('a ref stays valid across restarts; the state does not, the waiting mailbox does, the message that crashed is not repeated', async () => {
  const { b, settle, events } = await setup();
  expect(await b.ask('count', null, { timeoutMs: 10 })).toBe(1);
  const crashed = b.ask('crash', null, { timeoutMs: 10 }).catch((error) => error.code);
  const waited = b.ask('count', null, { timeoutMs: 10 });

  await settle();
  expect(await crashed).toBe('INTERNAL');
  expect(await waited).toBe(1);
  expect(await b.ask('count', null, { timeoutMs: 10 })).toBe(2);
  expect(events).toEqual(['b ends', 'b starts']);
});

test('permanent comes back whatever happens, transient only after a crash, temporary never', async () => {
  const specs = { a: { restart: 'permanent' }, b: { restart: 'transient' }, c: { restart: 'temporary' } } as const;
  const leaving = await setup({}, specs);
  for (const kid of [leaving.a, leaving.b, leaving.c]) kid.tell('leave', null);
  await leaving.settle();
  expect(leaving.events.filter((event) => event.endsWith('starts'))).toEqual(['a starts']);
  expect(await leaving.b.ended).toEqual({ reason: 'normal' });

  const crashing = await setup({}, specs);
  for (const kid of [crashing.a, crashing.b, crashing.c]) crashing.crash(kid);
  await crashing.settle();
  expect(crashing.events.filter((event) => event.endsWith('starts')).sort()).toEqual(['a starts', 'b starts']);
  expect(await crashing.c.ended).toMatchObject({ reason: 'crash' });
});

test('a temporary sibling is not brought back with the others', async () => {
  const { a, c, settle, events } = await setup({ strategy: 'one_for_all' }, { c: { restart: 'temporary' } });
  a.tell('crash', null);

  await settle();
  expect(events).toEqual(['a ends', 'c ends', 'b ends', 'a starts', 'b starts']);
  expect(await c.ended).toEqual({ reason: 'shutdown' });
});

test('a child stopped from outside stays stopped', async () => {
  const { b, settle, events } = await setup();
  await b.stop();

  await settle();
  expect(events).toEqual(['b ends']);
});

test('past the budget the supervisor stops its children in reverse order and crashes, and at the top the exit says so', async () => {
  const { b, top, settle, events, system } = await setup({ maxRestarts: 2 });
  for (let i = 0; i < 3; i++) {
    b.tell('crash', null);
    await settle();
  }

  expect(events).toEqual(['b ends', 'b starts', 'b ends', 'b starts', 'b ends', 'c ends', 'a ends']);
  expect(await top.ended).toMatchObject({
    reason: 'crash',
    error: { code: 'INTERNAL', facts: { reason: 'restart budget spent', child: 's/top/b' }, cause: { message: 'b crashed' } },
  });
  expect(system.counters.restarts).toBe(2);
  await expect(b.ask('count', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'STOPPED' });
});

test('a supervisor that escalates is restarted by its own, with new children', async () => {
  const kit = createTestKit();
  const plan: Supervision = { strategy: 'one_for_one', maxRestarts: 1, withinMs: 1_000, backoff: { baseMs: 0, maxMs: 0 } };
  const leaves: LocalRef<{ crash(x: null): void }>[] = [];
  const leaf: Actor<{ crash(x: null): void }> = () => ({
    crash() {
      throw new Error('leaf crashed');
    },
  });
  const middle: Actor<object> = (ctx) => {
    leaves.push(ctx.supervise(plan, { leaf: { name: 'leaf', actor: leaf } }).leaf);
    return {};
  };
  const exits: Exit[] = [];
  const top = kit.system('s').spawn<object>({
    name: 'top',
    actor(ctx) {
      ctx.supervise(plan, [{ name: 'middle', actor: middle }]);
      return {};
    },
  });
  void top.ended.then((exit) => exits.push(exit));
  await kit.settle();
  for (let i = 0; i < 2; i++) {
    kit.crash(leaves[0] as LocalRef<object>);
    await kit.settle();
  }

  expect(leaves).toHaveLength(2);
  expect(leaves[1]?.tell('crash', null)).toBe(true);
  expect(exits).toEqual([]);
});

test('restarts longer ago than withinMs are forgotten', async () => {
  const { b, settle, advance, events } = await setup({ maxRestarts: 1, withinMs: 100 });
  for (let i = 0; i < 5; i++) {
    b.tell('crash', null);
    await settle();
    await advance(100);
  }
  expect(events.filter((event) => event === 'b starts')).toHaveLength(5);
});

test('a restart waits a random part of a backoff that doubles up to its maximum', async () => {
  const { b, settle, clock, advance, events } = await setup({
    maxRestarts: 20,
    withinMs: 3_600_000,
    backoff: { baseMs: 100, maxMs: 1_000 },
  });
  const waited: number[] = [];
  for (let i = 0; i < 12; i++) {
    b.tell('crash', null);
    await settle();
    const before = clock.monotonic();
    while (!events.includes('b starts')) await advance(1);
    waited.push(clock.monotonic() - before);
    events.length = 0;
  }
  for (const [n, ms] of waited.entries()) expect(ms).toBeLessThanOrEqual(Math.min(1_000, 100 * 2 ** n) + 1);
  expect(Math.max(...waited)).toBeGreaterThan(200);
  expect(new Set(waited.map(Math.floor)).size).toBeGreaterThan(6);
});

test('messages that come while a child waits for its restart wait with it', async () => {
  const { b, settle, advance } = await setup({ backoff: { baseMs: 100, maxMs: 100 } });
  b.tell('crash', null);
  await settle();
  const asked = b.ask('count', null, { timeoutMs: 1_000 });

  await advance(100);
  expect(await asked).toBe(1);
});

test('a supervisor stopped while a child waits for its restart leaves no timer and no child', async () => {
  const { b, top, settle, clock, advance, events } = await setup({ backoff: { baseMs: 60_000, maxMs: 60_000 } });
  b.tell('crash', null);
  await settle();

  await top.stop();
  expect(clock.pending).toBe(0);
  await advance(60_000);
  expect(events).toEqual(['b ends', 'c ends', 'a ends']);
});

test('a crash while the others are being restarted starts the range again, each child once at a time', async () => {
  const { a, b, c, advance, events } = await setup({
    strategy: 'rest_for_one',
    maxRestarts: 10,
    backoff: { baseMs: 50, maxMs: 50 },
  });
  c.tell('wait', 30);
  b.tell('crash', null);
  await advance(5);
  a.tell('crash', null);

  await advance(500);
  for (const name of ['a', 'b', 'c']) {
    const lives = events.filter((event) => event.startsWith(name)).map((event) => event.slice(2));
    expect(lives.every((event, at) => event === (at % 2 === 0 ? 'ends' : 'starts'))).toBe(true);
    expect(lives.at(-1)).toBe('starts');
  }
  expect(await Promise.all([a, b, c].map((kid) => kid.ask('count', null, { timeoutMs: 10 })))).toEqual([1, 1, 1]);
});

test('the refs of a plan are typed by their actors, as a record or in order', async () => {
  const kit = createTestKit();
  const desk: Actor<{ open(hour: number): string }> = () => ({ open: (hour) => `at ${hour}` });
  const bell: Actor<{ ring(times: string): void }> = () => ({ ring() {} });
  const mute: Behavior<{ hush(now: boolean): void }> = { hush() {} };
  const plan: Supervision = { strategy: 'one_for_one', maxRestarts: 1, withinMs: 1, backoff: { baseMs: 0, maxMs: 0 } };
  const answers: string[] = [];
  kit.system('s').spawn<object>({
    name: 'top',
    actor(ctx) {
      const kids = ctx.supervise(plan, {
        desk: { name: 'desk', actor: desk },
        bell: { name: 'bell', actor: bell },
        mute: { name: 'mute', actor: () => mute },
      });
      kids.mute.tell('hush', true);
      const [first, second] = ctx.supervise(plan, [
        { name: 'desk', actor: desk },
        { name: 'bell', actor: bell },
      ]);
      void kids.desk.ask('open', 9, { timeoutMs: 10 }).then((reply) => answers.push(reply.toUpperCase()));
      void first.ask('open', 10, { timeoutMs: 10 }).then((reply) => answers.push(reply.toUpperCase()));
      second.tell('ring', 'twice');
      // @ts-expect-error a bell takes text
      kids.bell.tell('ring', 2);
      // @ts-expect-error nobody hushes with a number
      kids.mute.tell('hush', 1);
      // @ts-expect-error a desk has no bell
      kids.desk.tell('ring', 'twice');
      return {};
    },
  });

  await kit.settle();
  expect(answers).toEqual(['AT 9', 'AT 10']);
});

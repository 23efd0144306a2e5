import { expect, test } from 'vitest';
import type { Actor, Context } from './actor.js';
import { createTestKit } from './testing/index.js';

interface Nothing {
  work(ms: number): string;
}

function setup() {
  const kit = createTestKit();
  const seen: string[] = [];
  const noting =
    (name: string, more: (ctx: Context<Nothing>) => void = () => {}): Actor<Nothing> =>
    (ctx) => {
      ctx.onStop(() => void seen.push(`${name} undone`));
      more(ctx);
      return {
        async work(ms) {
          await new Promise<void>((resolve) => ctx.clock.after(ms, resolve));
          return `${name} worked`;
        },
      };
    };
  return { ...kit, seen, noting, system: kit.system('a') };
}

test('children stop in reverse order, before the undos of their parent, which run last in, first out', async () => {
  const { system, seen, noting, settle } = setup();
  const parent = noting('first', (ctx) => {
    ctx.spawn({ name: 'elder', actor: noting('elder') });
    ctx.spawn({ name: 'younger', actor: noting('younger') });
    ctx.onStop(() => void seen.push('second undone'));
  });
  const ref = system.spawn({ name: 'parent', actor: parent });
  await settle();

  await ref.stop();
  expect(seen).toEqual(['younger undone', 'elder undone', 'second undone', 'first undone']);
  expect(await ref.ended).toEqual({ reason: 'shutdown' });
});

test('a turn under way gets stopMs to finish, what waits is answered STOPPED', async () => {
  const { system, noting, settle, advance } = setup();
  const ref = system.spawn({ name: 'worker', actor: noting('worker'), stopMs: 100 });
  const underWay = ref.ask('work', 50, { timeoutMs: 1_000 });
  const waiting = ref.ask('work', 1, { timeoutMs: 1_000 }).catch((error) => error.code);
  await settle();

  const stopped = ref.stop();
  expect(ref.tell('work', 1)).toBe(false);
  await advance(50);
  await stopped;
  expect(await underWay).toBe('worker worked');
  expect(await waiting).toBe('STOPPED');
});

test('a turn that takes longer than stopMs is left behind', async () => {
  const { system, noting, settle, advance } = setup();
  const ref = system.spawn({ name: 'worker', actor: noting('worker'), stopMs: 100 });
  const underWay = ref.ask('work', 5_000, { timeoutMs: 10_000 }).catch((error) => error.code);
  await settle();

  const stopped = ref.stop();
  await advance(100);
  await stopped;
  expect(await underWay).toBe('STOPPED');
});

test('stop waits for asynchronous undos, at most stopMs, and never throws', async () => {
  const { system, noting, seen, settle, advance } = setup();
  const actor = noting('sync', (ctx) => {
    ctx.onStop(() => new Promise<void>(() => {}));
    ctx.onStop(() => {
      throw new Error('undo fails');
    });
    ctx.onStop(async () => {
      await new Promise<void>((resolve) => ctx.clock.after(10, resolve));
      seen.push('async undone');
    });
  });
  const ref = system.spawn({ name: 'worker', actor, stopMs: 100 });
  await settle();

  const stopped = ref.stop();
  await advance(10);
  expect(seen).toEqual(['async undone']);
  await advance(90);
  await stopped;
  expect(await ref.ended).toEqual({ reason: 'shutdown' });
});

test('an undo registered by a start that outlasted the stop runs at once', async () => {
  const { system, settle, advance } = setup();
  const seen: string[] = [];
  const ref = system.spawn<Nothing>({
    name: 'late',
    stopMs: 10,
    async actor(ctx) {
      await new Promise<void>((resolve) => ctx.clock.after(100, resolve));
      ctx.onStop(() => void seen.push('closed'));
      return { work: () => '' };
    },
  });
  await settle();
  const stopped = ref.stop();
  await advance(10);
  await stopped;

  await advance(100);
  expect(seen).toEqual(['closed']);
});

test('a system stops its actors last spawned first, and takes no new ones', async () => {
  const { system, seen, noting, settle } = setup();
  system.spawn({ name: 'one', actor: noting('one') });
  system.spawn({ name: 'two', actor: noting('two') });
  await settle();

  await system.stop();
  expect(seen).toEqual(['two undone', 'one undone']);
  expect(() => system.spawn({ name: 'three', actor: noting('three') })).toThrow(expect.objectContaining({ code: 'STOPPED' }));
});

test('a thousand actors spawned, asked and stopped leave no timer', async () => {
  const { system, noting, clock, settle } = setup();
  for (let i = 0; i < 1_000; i++) {
    const actor = noting('brief', (ctx) => void ctx.after(60_000, 'work', 1));
    const ref = system.spawn({ name: `brief-${i}`, actor });
    const asked = ref.ask('work', 0, { timeoutMs: 60_000 });
    await settle();
    expect(await asked).toBe('brief worked');
    await ref.stop();
  }
  expect(clock.pending).toBe(0);
});

import { expect, test } from 'vitest';
import type { Actor } from './actor.js';
import { ActorError } from './error.js';
import { createTestKit } from './testing/index.js';

interface Work {
  wait(ms: number): void;
}

function setup({ turns }: { turns?: number } = {}) {
  const kit = createTestKit();
  const log: string[] = [];
  const actor: Actor<Work> = (ctx) => ({
    async wait(ms) {
      log.push(`begin ${ms}`);
      await new Promise<void>((resolve) => ctx.clock.after(ms, resolve));
      log.push(`end ${ms}`);
    },
  });
  const ref = kit.system('a').spawn({ name: 'work', actor, ...(turns === undefined ? {} : { turns }) });
  return { ...kit, log, ref };
}

test('one turn at a time: a promise holds the turn until it settles', async () => {
  const { ref, advance, log } = setup();
  ref.tell('wait', 20);
  ref.tell('wait', 10);

  await advance(50);
  expect(log).toEqual(['begin 20', 'end 20', 'begin 10', 'end 10']);
});

test('an actor with many turns has at most that many under way', async () => {
  const { ref, advance, log } = setup({ turns: 2 });
  for (const ms of [30, 10, 5]) ref.tell('wait', ms);

  await advance(50);
  expect(log).toEqual(['begin 30', 'begin 10', 'end 10', 'begin 5', 'end 5', 'end 30']);
});

test('messages sent while an actor starts wait for it', async () => {
  const kit = createTestKit();
  const ref = kit.system('a').spawn<{ get(x: null): string }>({
    name: 'slow starter',
    async actor(ctx) {
      await new Promise<void>((resolve) => ctx.clock.after(10, resolve));
      return { get: () => 'ready' };
    },
  });
  const asked = ref.ask('get', null, { timeoutMs: 100 });

  await kit.advance(10);
  expect(await asked).toBe('ready');
});

test('other actors are let in between the turns of one with a long line', async () => {
  const kit = createTestKit();
  const system = kit.system('a');
  const seen: string[] = [];
  const actor: Actor<{ mark(x: null): void }> = (ctx) => ({ mark: () => void seen.push(ctx.self.path) });
  const busy = system.spawn({ name: 'busy', actor });
  const idle = system.spawn({ name: 'idle', actor });
  await kit.settle();
  for (let i = 0; i < 200; i++) busy.tell('mark', null);
  idle.tell('mark', null);

  await kit.settle();
  expect(seen.indexOf('a/idle')).toBeLessThan(200);
});

interface Risky {
  refuse(x: null): void;
  foreign(x: null): void;
  coded(x: null): void;
  count(x: null): number;
}

const risky: Actor<Risky> = (ctx) => {
  let calls = 0;
  return {
    refuse: () => ctx.refuse('BUSY', { retryAfterMs: 7 }),
    foreign() {
      throw Object.assign(new Error('no'), { name: 'TiercelError', code: 'NOT_FOUND' });
    },
    coded() {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    },
    count: () => ++calls,
  };
};

test('a refusal answers the asker with its code and the actor lives on with its state', async () => {
  const ref = createTestKit().system('a').spawn({ name: 'risky', actor: risky });
  await ref.ask('count', null, { timeoutMs: 10 });

  await expect(ref.ask('refuse', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'BUSY', facts: { retryAfterMs: 7 } });
  await expect(ref.ask('foreign', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await ref.ask('count', null, { timeoutMs: 10 })).toBe(2);
});

test('anything else thrown is a crash, also when it carries a code: the asker gets INTERNAL and the actor ends', async () => {
  const ref = createTestKit().system('a').spawn({ name: 'risky', actor: risky });

  await expect(ref.ask('coded', null, { timeoutMs: 10 })).rejects.toMatchObject({
    name: 'TiercelError',
    code: 'INTERNAL',
    facts: {},
  });
  expect(await ref.ended).toMatchObject({ reason: 'crash', error: { code: 'ENOENT' } });
  await expect(ref.ask('count', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'STOPPED' });
});

test('an actor whose function throws, or gives no table of handlers, has crashed', async () => {
  const system = createTestKit().system('a');
  const throws = system.spawn({
    name: 'throws',
    actor: () => {
      throw new Error('no start');
    },
  });
  const nothing = system.spawn({ name: 'nothing', actor: () => undefined as never });

  expect(await throws.ended).toMatchObject({ reason: 'crash', error: { message: 'no start' } });
  expect(await nothing.ended).toMatchObject({ reason: 'crash' });
});

test('an actor may end itself after its turn, with reason normal', async () => {
  const ref = createTestKit()
    .system('a')
    .spawn<{ last(x: null): string }>({
      name: 'once',
      actor: (ctx) => ({
        last() {
          ctx.stop();
          return 'bye';
        },
      }),
    });

  expect(await ref.ask('last', null, { timeoutMs: 10 })).toBe('bye');
  expect(await ref.ended).toEqual({ reason: 'normal' });
});

test('an ActorError says its code and facts in one line', () => {
  expect(new ActorError('BUSY', { retryAfterMs: 5, tenant: 'acme' }).message).toBe('BUSY (retryAfterMs=5, tenant=acme)');
  expect(new ActorError('BUSY').message).toBe('BUSY');
});

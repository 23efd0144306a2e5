import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import type { Actor, Later } from './actor.js';
import { ActorError } from './error.js';
import { createTestKit } from './testing/index.js';

interface Desk {
  add(pair: { one: number; other: number }): number;
  park(x: null): string;
  unpark(text: string): void;
  rebuff(code: string): void;
  fail(code: string): void;
  never(x: null): void;
}

const desk: Actor<Desk> = (ctx) => {
  const parked: Later<string>[] = [];
  return {
    add: ({ one, other }) => one + other,
    park() {
      const reply = ctx.later<string>();
      parked.push(reply);
      return reply;
    },
    unpark: (text) => parked.shift()?.resolve(text),
    rebuff: (code) => parked.shift()?.reject(code === '' ? new Error('mistake') : new ActorError(code)),
    fail: (code) => ctx.refuse(code, { retryAfterMs: 5 }),
    never: () => new Promise<void>(() => {}),
  };
};

function setup() {
  const kit = createTestKit();
  const system = kit.system('a');
  return { ...kit, system, ref: system.spawn({ name: 'desk', actor: desk }) };
}

const codeOf = (answer: Promise<unknown>): Promise<string> => answer.then(() => 'answered').catch((error) => error.code);

test('an ask gets what the handler returns', async () => {
  const { ref } = setup();
  expect(await ref.ask('add', { one: 1, other: 2 }, { timeoutMs: 10 })).toBe(3);
});

test('a later ends its turn and answers when it is resolved', async () => {
  const { ref, settle } = setup();
  const parked = ref.ask('park', null, { timeoutMs: 1_000 });
  await settle();

  expect(await ref.ask('add', { one: 1, other: 1 }, { timeoutMs: 10 })).toBe(2);
  ref.tell('unpark', 'at last');
  expect(await parked).toBe('at last');
});

test('a later may be rejected: with a code that is what the asker gets, else INTERNAL, and the actor lives on', async () => {
  const { ref, settle } = setup();
  const answers = [codeOf(ref.ask('park', null, { timeoutMs: 1_000 })), codeOf(ref.ask('park', null, { timeoutMs: 1_000 }))];
  ref.tell('rebuff', 'BUSY');
  ref.tell('rebuff', '');
  await settle();

  expect(await Promise.all(answers)).toEqual(['BUSY', 'INTERNAL']);
  expect(await ref.ask('add', { one: 1, other: 1 }, { timeoutMs: 10 })).toBe(2);
});

test('a later that was never resolved is answered STOPPED when its actor ends', async () => {
  const { ref, settle } = setup();
  const parked = codeOf(ref.ask('park', null, { timeoutMs: 1_000 }));
  await settle();

  await ref.stop();
  expect(await parked).toBe('STOPPED');
});

test('no answer in time is NO_ANSWER, and an answer later than that changes nothing', async () => {
  const { ref, advance } = setup();
  const asked = codeOf(ref.ask('park', null, { timeoutMs: 50 }));

  await advance(50);
  expect(await asked).toBe('NO_ANSWER');
  expect(ref.tell('unpark', 'too late')).toBe(true);
  await advance(1);
  expect(await ref.ask('add', { one: 2, other: 2 }, { timeoutMs: 10 })).toBe(4);
});

test('a signal gives up an ask with ABORTED', async () => {
  const { ref, settle } = setup();
  const giveUp = new AbortController();
  const asked = codeOf(ref.ask('park', null, { timeoutMs: 50, signal: giveUp.signal }));
  await settle();

  giveUp.abort();
  expect(await asked).toBe('ABORTED');
  expect(await codeOf(ref.ask('add', { one: 1, other: 1 }, { timeoutMs: 50, signal: giveUp.signal }))).toBe('ABORTED');
});

test('a settled ask leaves neither timer nor listener, however it was settled', async () => {
  const { ref, clock, advance } = setup();
  const { signal } = new AbortController();
  const asks = [
    ref.ask('add', { one: 1, other: 1 }, { timeoutMs: 50, signal }),
    codeOf(ref.ask('fail', 'BUSY', { timeoutMs: 50, signal })),
    codeOf(ref.ask('park', null, { timeoutMs: 50, signal })),
  ];
  expect(getEventListeners(signal, 'abort')).toHaveLength(3);

  await advance(50);
  await Promise.all(asks);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  expect(clock.pending).toBe(0);
});

test('an ask whose asker gave up before its turn is not performed', async () => {
  const { ref, system, advance } = setup();
  ref.tell('never', null);
  const asked = codeOf(ref.ask('add', { one: 1, other: 1 }, { timeoutMs: 50 }));
  await advance(100);
  expect(await asked).toBe('NO_ANSWER');

  const busy = system.spawn<{ slow(x: null): void; mark(x: null): void }>({
    name: 'busy',
    actor: (ctx) => ({ slow: () => new Promise<void>((resolve) => ctx.clock.after(100, resolve)), mark: () => void marks++ }),
  });
  let marks = 0;
  busy.tell('slow', null);
  const marked = codeOf(busy.ask('mark', null, { timeoutMs: 50 }));
  await advance(200);
  expect(await marked).toBe('NO_ANSWER');
  expect(marks).toBe(0);
  expect(system.counters.deadLetters).toBe(1);
});

test('a kind without a handler is NO_SUCH_KIND, also one that every object has', async () => {
  const { ref, system, settle } = setup();
  for (const kind of ['nonsense', 'constructor', 'toString', '__proto__']) {
    expect(await codeOf(ref.ask(kind as 'park', null, { timeoutMs: 10 }))).toBe('NO_SUCH_KIND');
  }
  ref.tell('nonsense' as 'park', null);
  await settle();
  expect(system.counters.deadLetters).toBe(1);
});

test('bodies are frozen in tests and never copied', async () => {
  const kit = createTestKit();
  const ref = kit.system('a').spawn<{ keep(body: { list: number[] }): { list: number[] } }>({
    name: 'keeper',
    actor: () => ({ keep: (body) => body }),
  });
  const body = { list: [1] };

  expect(await ref.ask('keep', body, { timeoutMs: 10 })).toBe(body);
  expect(Object.isFrozen(body)).toBe(true);
});

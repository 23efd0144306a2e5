import { expect, test } from 'vitest';
import type { Actor } from './actor.js';
import { Mailbox } from './mailbox.js';
import { createTestKit } from './testing/index.js';

interface Line {
  add(item: number): void;
}

/** An actor whose first turn is held until `open()`, so that the mailbox fills. */
function setup({ mailbox }: { mailbox: number }) {
  const kit = createTestKit();
  const system = kit.system('a');
  const taken: number[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const line: Actor<Line> = () => ({
    async add(item) {
      await gate;
      taken.push(item);
    },
  });
  return { ...kit, system, taken, open, ref: system.spawn({ name: 'line', actor: line, mailbox }) };
}

test('a ring gives back in order what it took, however often it wraps and grows', () => {
  const mailbox = new Mailbox<number>(1_000);
  const seen: number[] = [];
  for (let item = 0; item < 900; item++) {
    mailbox.push(item);
    if (item % 3 === 0) seen.push(mailbox.shift() as number);
  }
  for (let item = mailbox.shift(); item !== undefined; item = mailbox.shift()) seen.push(item);

  expect(seen).toEqual(Array.from({ length: 900 }, (_, item) => item));
  expect(mailbox.size).toBe(0);
});

test('a full mailbox refuses a tell with false and counts the dead letter', async () => {
  const { ref, settle, open, taken, system } = setup({ mailbox: 2 });
  ref.tell('add', 0);
  await settle();

  expect([ref.tell('add', 1), ref.tell('add', 2), ref.tell('add', 3)]).toEqual([true, true, false]);
  expect(system.counters).toMatchObject({ refused: 1, deadLetters: 1 });

  open();
  await settle();
  expect(taken).toEqual([0, 1, 2]);
});

test('a full mailbox refuses an ask at once with MAILBOX_FULL and leaves no timer', async () => {
  const { ref, settle, clock, system } = setup({ mailbox: 1 });
  ref.tell('add', 0);
  await settle();
  ref.tell('add', 1);

  await expect(ref.ask('add', 2, { timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'MAILBOX_FULL' });
  expect(system.counters).toMatchObject({ refused: 1, deadLetters: 0 });
  expect(clock.pending).toBe(0);
});

test('lifecycle messages go before all that wait and are never refused', async () => {
  const kit = createTestKit();
  const seen: string[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const ref = kit.system('a').spawn<{ hold(x: null): void; told(x: null): void; due(x: null): void }>({
    name: 'held',
    mailbox: 1,
    actor: (ctx) => ({
      hold() {
        ctx.after(5, 'due', null);
        return gate;
      },
      told: () => void seen.push('told'),
      due: () => void seen.push('due'),
    }),
  });
  ref.tell('hold', null);
  await kit.settle();
  ref.tell('told', null);

  await kit.advance(10);
  open();
  await kit.settle();

  expect(seen).toEqual(['due', 'told']);
});

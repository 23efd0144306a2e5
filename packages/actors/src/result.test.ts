import { expect, test } from 'vitest';
import type { Actor } from './actor.js';
import { createTestKit } from './testing/index.js';

interface Reader {
  read(x: null): void;
  got(text: string): void;
}

/** An actor that starts a call in its turn and gets the outcome, 10 ms later, as a message; its mailbox is full by then. */
async function setup() {
  const kit = createTestKit();
  const seen: string[] = [];
  const taken: boolean[] = [];
  const reader: Actor<Reader> = (ctx) => ({
    read() {
      ctx.clock.after(10, () => {
        for (const text of ['first told', 'second told']) taken.push(ctx.self.tell('got', text));
        ctx.result('got', 'outcome');
      });
    },
    got: (text) => void seen.push(text),
  });
  const ref = kit.system('a').spawn({ name: 'reader', actor: reader, mailbox: 1 });
  ref.tell('read', null);
  await kit.settle();
  return { ...kit, seen, taken, ref };
}

test('the outcome of a call comes back as a message that no full mailbox refuses, before all that wait', async () => {
  const { advance, seen, taken } = await setup();
  await advance(9);
  expect(seen).toEqual([]);

  await advance(1);
  expect(taken).toEqual([true, false]);
  expect(seen).toEqual(['outcome', 'first told']);
});

test('an outcome for a life that is over is dropped', async () => {
  const { ref, advance, seen } = await setup();
  await ref.stop();
  await advance(10);
  expect(seen).toEqual([]);
});

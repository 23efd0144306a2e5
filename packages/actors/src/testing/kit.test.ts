import { expect, test } from 'vitest';
import type { Actor } from '../actor.js';
import { jsonCodec } from './json-codec.js';
import { createTestKit, type TestKitOptions } from './kit.js';

interface Counter {
  add(n: number): number;
}

const codec = jsonCodec<Counter>('add');

/** A counter on node `a`, its ref on node `b`. */
async function setup(options: TestKitOptions = {}) {
  const kit = createTestKit(options);
  const added: number[] = [];
  const counter: Actor<Counter> = () => {
    let sum = 0;
    return {
      add(n) {
        added.push(n);
        sum += n;
        return sum;
      },
    };
  };
  const open = async () => {
    const system = kit.system('a');
    const local = system.spawn({ name: 'counter', actor: counter });
    await system.serve('count', local, codec, { group: 'counters' });
    return local;
  };
  const local = await open();
  const ref = kit.system('b').ref('count', codec);
  const add = (n: number, timeoutMs = 100) => ref.ask('add', n, { timeoutMs }).catch((error) => error.code as string);
  return { ...kit, kit, added, open, local, ref, add };
}

/** Five askers that wait, by chance, between their asks. */
async function run(seed: number): Promise<{ hash: string; added: number[] }> {
  const { ref, clockOf, random, advance, traceHash, trace, added } = await setup({ seed });
  const asker = async (id: number) => {
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve) => clockOf('b').after(random.next() * 5, resolve));
      trace(`${id} got ${await ref.ask('add', id, { timeoutMs: 1_000 })}`);
    }
  };
  const askers = [1, 2, 3, 4, 5].map(asker);
  await advance(1_000);
  await Promise.all(askers);
  return { hash: traceHash(), added };
}

test('one seed, one interleaving: the same seed gives the same trace, another seed another', async () => {
  const first = await run(11);
  expect(await run(11)).toEqual(first);

  const others = await Promise.all([12, 13, 14].map(run));
  expect(new Set([first, ...others].map(({ hash }) => hash)).size).toBe(4);
  expect(new Set([first, ...others].map(({ added }) => added.join())).size).toBe(4);
});

test('messages take their time between nodes', async () => {
  const { add, settle, advance, added } = await setup({ wayMs: [3, 3] });
  const asked = add(1);
  await settle();
  expect(added).toEqual([]);
  await advance(3);
  expect(added).toEqual([1]);
  await advance(3);
  expect(await asked).toBe(1);
});

test('a cut loses what two nodes send one another, both ways, until it is healed', async () => {
  const { add, advance, added, cut, heal } = await setup({ wayMs: [3, 3] });
  cut('b', 'a');
  const lost = add(1);
  await advance(100);
  expect(await lost).toBe('NO_ANSWER');
  expect(added).toEqual([]);

  heal('a', 'b');
  const replyLost = add(2);
  await advance(3);
  cut('a', 'b');
  heal();
  expect(added).toEqual([2]);
  cut('a', 'c');
  const healed = add(3);
  await advance(10);
  expect(await healed).toBe(5);
  expect(await replyLost).toBe(2);
});

test('a reply is lost after the deed when the cut comes between', async () => {
  const { add, advance, added, cut, clock, hub } = await setup();
  hub.onDeliver(({ kind }) => {
    if (kind === 'request') clock.after(0.5, () => cut('a', 'b'));
    return [1];
  });
  const asked = add(1);
  await advance(100);

  expect(added).toEqual([1]);
  expect(await asked).toBe('NO_ANSWER');
});

test('a plan of faults goes through the kit, and undefined brings the seeded way back', async () => {
  const { add, advance, added, hub } = await setup();
  hub.onDeliver(({ kind }) => (kind === 'request' ? [1, 2] : [1]));
  const twice = add(1);
  await advance(10);
  expect(await twice).toBe(1);
  expect(added).toEqual([1, 1]);

  hub.onDeliver(undefined);
  const once = add(1);
  await advance(10);
  expect(await once).toBe(3);
});

test('a paused node does nothing; what came meanwhile comes in a burst when it resumes', async () => {
  const { add, advance, added, pause, resume, clockOf } = await setup();
  let ticks = 0;
  const undo = clockOf('a').after(20, () => ticks++);
  clockOf('a').after(10, () => ticks++);
  pause('a');
  const asked = [add(1, 1_000), add(2, 1_000)];
  await advance(500);
  expect([added, ticks]).toEqual([[], 0]);

  undo();
  resume('a');
  await advance(10);
  expect(ticks).toBe(1);
  expect(added.sort()).toEqual([1, 2]);
  expect((await Promise.all(asked)).sort()).toEqual(expect.arrayContaining([3]));
});

test('a paused asker is not even timed out until it resumes', async () => {
  const { add, advance, pause, resume, cut } = await setup();
  cut('a', 'b');
  let answer: unknown;
  void add(1, 100).then((code) => {
    answer = code;
  });
  pause('b');
  await advance(1_000);
  expect(answer).toBeUndefined();

  resume('b');
  await advance(1);
  expect(answer).toBe('NO_ANSWER');
});

test('a killed node takes no turn, fires no timer and answers nothing; it is UNREACHABLE until its name is used again', async () => {
  const { add, advance, added, kill, open, clockOf, local } = await setup();
  let ticks = 0;
  clockOf('a').after(5, () => ticks++);
  const inFlight = add(1);
  local.tell('add', 7);
  kill('a');
  await advance(100);
  expect([added, ticks]).toEqual([[], 0]);
  expect(await inFlight).toBe('NO_ANSWER');

  const refused = add(2);
  await advance(10);
  expect(await refused).toBe('UNREACHABLE');

  await open();
  const again = add(3);
  await advance(10);
  expect(await again).toBe(3);
});

test('nothing a killed node began is ever settled, and what it still sends vanishes', async () => {
  const { add, ref, advance, kill, added } = await setup();
  let settled = false;
  void add(1).then(() => {
    settled = true;
  });
  kill('b');
  await advance(1_000);
  expect(settled).toBe(false);

  const before = added.length;
  expect(ref.tell('add', 9)).toBe(false);
  void add(2).then(() => {
    settled = true;
  });
  await advance(1_000);
  expect(settled).toBe(false);
  expect(added).toHaveLength(before);
});

test("a node's wall clock can be wrong by itself", async () => {
  const { clockOf, clock } = await setup();
  clockOf('a').jump(60_000);
  expect(clockOf('a').now() - clock.now()).toBe(60_000);
  expect(clockOf('b').now()).toBe(clock.now());
  expect(clockOf('a').monotonic()).toBe(clock.monotonic());
});

test('crash makes an actor crash as a mistake would', async () => {
  const { crash, local, ref } = await setup();
  crash(local, new Error('told to'));
  expect(await local.ended).toMatchObject({ reason: 'crash', error: { message: 'told to' } });
  expect(() => crash(ref)).toThrow(/not an actor of this process/);
});

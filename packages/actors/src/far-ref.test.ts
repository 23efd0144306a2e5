import { expect, test } from 'vitest';
import type { Actor, Sender } from './actor.js';
import { ActorError } from './error.js';
import { createHub } from './hub.js';
import { silentLog } from './log.js';
import { createSystem } from './system.js';
import { createTestKit, jsonCodec, seededRandom, VirtualClock } from './testing/index.js';
import type { Codec } from './transport.js';

interface Desk {
  add(pair: { one: number; other: number }): number;
  whence(x: null): Sender;
  note(text: string): void;
  refuse(code: string): void;
  crash(x: null): void;
  big(bytes: number): string;
}

/** A codec that refuses a pair without numbers, as the real ones refuse wrong shapes. */
function checkingCodec(): Codec<Desk> {
  const plain = jsonCodec<Desk>('add', 'whence', 'note', 'refuse', 'crash', 'big');
  const decode = (bytes: Uint8Array) => {
    const pair = plain.add.body.decode(bytes);
    if (typeof pair.one !== 'number') throw new ActorError('BAD_MESSAGE', { field: 'one' });
    return pair;
  };
  return { ...plain, add: { ...plain.add, body: { encode: plain.add.body.encode, decode } } };
}

async function setup({ maxBytes = 1_000 } = {}) {
  const clock = new VirtualClock();
  const hub = createHub({ clock, random: seededRandom(1), maxBytes });
  const systemOf = (name: string) =>
    createSystem({ name, transport: hub.connect(name), clock, random: seededRandom(1), log: silentLog });
  const notes: string[] = [];
  const desk: Actor<Desk> = (ctx) => ({
    add: ({ one, other }) => one + other,
    whence: (_, sender) => sender,
    note: (text) => void notes.push(text),
    refuse: (code) => ctx.refuse(code, { retryAfterMs: 5 }),
    crash() {
      throw new Error('crash');
    },
    big: (bytes) => 'x'.repeat(bytes),
  });
  const near = systemOf('near');
  const far = systemOf('far');
  const local = near.spawn({ name: 'desk', actor: desk });
  const undo = await near.serve('shop.*', local, checkingCodec(), { group: 'desks' });
  return { clock, hub, near, far, local, undo, notes, ref: far.ref('shop.acme', checkingCodec()) };
}

test('an ask over the wire reads like one in the process', async () => {
  const { ref, local } = await setup();
  const asked = [local, ref].map((desk) => desk.ask('add', { one: 1, other: 2 }, { timeoutMs: 10 }));
  expect(await Promise.all(asked)).toEqual([3, 3]);
});

test('the subject is path, kind and topic, and the handler is told what was received and how large it was', async () => {
  const { ref, local } = await setup();
  expect(await ref.ask('whence', null, { timeoutMs: 10, topic: 'mail' })).toEqual({ subject: 'shop.acme.whence.mail', bytes: 4 });
  expect(await ref.ask('whence', null, { timeoutMs: 10 })).toEqual({ subject: 'shop.acme.whence._any', bytes: 4 });
  expect(await local.ask('whence', null, { timeoutMs: 10 })).toEqual({ subject: 'near/desk', bytes: 0 });
});

test('a tell arrives without an answer; one that reaches nobody is false and a dead letter', async () => {
  const { ref, far, notes, clock } = await setup();
  expect(ref.tell('note', 'hello', 'mail')).toBe(true);
  expect(far.ref('nowhere', checkingCodec()).tell('note', 'lost')).toBe(false);

  await clock.settle();
  expect(notes).toEqual(['hello']);
  expect(far.counters.deadLetters).toBe(1);
});

test('a refusal, a crash and a stopped actor come over with their codes', async () => {
  const { ref, local } = await setup();
  await expect(ref.ask('refuse', 'BUSY', { timeoutMs: 10 })).rejects.toMatchObject({
    name: 'TiercelError',
    code: 'BUSY',
    facts: { retryAfterMs: 5 },
  });
  await expect(ref.ask('crash', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'INTERNAL' });
  await local.ended;
  await expect(ref.ask('add', { one: 1, other: 1 }, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'STOPPED' });
});

test('a body of the wrong shape is answered with the code of its codec and never reaches the actor', async () => {
  const { ref, hub } = await setup();
  await expect(ref.ask('add', { one: 'x' as never, other: 1 }, { timeoutMs: 10 })).rejects.toMatchObject({
    code: 'BAD_MESSAGE',
    facts: { field: 'one' },
  });
  const frame = await hub.connect().request('shop.acme.add._any', Uint8Array.of(0x7b), { timeoutMs: 10 });
  expect(frame[0]).toBe(1);
  expect(new TextDecoder().decode(frame)).toContain('BAD_MESSAGE');
});

test('a body over what the transport carries is refused before it is sent, a reply after', async () => {
  const { ref } = await setup({ maxBytes: 100 });
  const long = 'x'.repeat(200);
  await expect(ref.ask('refuse', long, { timeoutMs: 10 })).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    facts: { maxBytes: 100 },
  });
  expect(ref.tell('note', long)).toBe(false);
  await expect(ref.ask('big', 200, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
});

test('a topic is one token', async () => {
  const { ref } = await setup();
  for (const topic of ['a.b', '*', '>', '', 'a b']) {
    await expect(ref.ask('whence', null, { timeoutMs: 10, topic })).rejects.toMatchObject({ code: 'BAD_NAME' });
  }
});

test('a far ask gives up with NO_ANSWER or ABORTED and leaves nothing behind', async () => {
  const { hub, far, clock } = await setup();
  await hub.connect().serve('silent.*.*', () => {});
  const ref = far.ref('silent', checkingCodec());
  const giveUp = new AbortController();
  const asked = ref.ask('whence', null, { timeoutMs: 50 }).catch((error) => error.code);
  const aborted = ref.ask('whence', null, { timeoutMs: 50, signal: giveUp.signal }).catch((error) => error.code);
  await clock.settle();

  giveUp.abort();
  expect(await aborted).toBe('ABORTED');
  await clock.advance(50);
  expect(await asked).toBe('NO_ANSWER');
  expect(clock.pending).toBe(0);
});

test('an actor no longer served is UNREACHABLE', async () => {
  const { ref, undo } = await setup();
  await undo();
  await undo();
  await expect(ref.ask('whence', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

test('systems that serve in one group share the asks', async () => {
  const { hub, clock, ref } = await setup();
  const other = createSystem({ name: 'other', transport: hub.connect('other'), clock, random: seededRandom(2), log: silentLog });
  const counts = { near: 0, other: 0 };
  const spare = other.spawn<Pick<Desk, 'whence'>>({
    name: 'spare',
    actor: () => ({ whence: () => ({ subject: 'other', bytes: 0 }) }),
  });
  await other.serve('shop.*', spare, { whence: checkingCodec().whence }, { group: 'desks' });

  for (let i = 0; i < 40; i++) {
    const { subject } = await ref.ask('whence', null, { timeoutMs: 10 });
    counts[subject === 'other' ? 'other' : 'near']++;
  }
  expect(counts.near + counts.other).toBe(40);
  expect(Math.min(counts.near, counts.other)).toBeGreaterThan(8);
});

test('a system that stops serves no more', async () => {
  const { ref, near } = await setup();
  await near.stop();
  await expect(ref.ask('whence', null, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

test('serving what cannot be served is BAD_OPTION, and a pattern with a foreign wildcard BAD_NAME', async () => {
  const { near, far, local, ref } = await setup();
  const alone = createSystem({ name: 'x', clock: new VirtualClock(), random: seededRandom(1), log: silentLog });
  await expect(near.serve('x', ref, checkingCodec())).rejects.toMatchObject({ code: 'BAD_OPTION' });
  await expect(far.serve('x', local, checkingCodec())).rejects.toMatchObject({ code: 'BAD_OPTION' });
  expect(() => alone.ref('x', checkingCodec())).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  await expect(near.serve('x.>', local, checkingCodec())).rejects.toMatchObject({ code: 'BAD_NAME' });
});

test('a local desk under the test kit is reached through the codec from another node', async () => {
  const kit = createTestKit();
  const codec = jsonCodec<{ double(n: number): number }>('double');
  const a = kit.system('a');
  await a.serve('twice', a.spawn<{ double(n: number): number }>({ name: 'twice', actor: () => ({ double: (n) => n * 2 }) }), codec);
  const asked = kit.system('b').ref('twice', codec).ask('double', 4, { timeoutMs: 100 });

  await kit.advance(10);
  expect(await asked).toBe(8);
});

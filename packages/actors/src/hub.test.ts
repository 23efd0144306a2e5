import { expect, test } from 'vitest';
import { createHub, type HubOptions } from './hub.js';
import { seededRandom, VirtualClock } from './testing/index.js';

function setup(options: HubOptions = {}) {
  const clock = new VirtualClock();
  const hub = createHub({ clock, random: seededRandom(3), ...options });
  return { clock, hub, one: hub.connect('one'), other: hub.connect('other') };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array) => new TextDecoder().decode(body);

test('patterns with other wildcards and subjects that are not literal are BAD_NAME', async () => {
  const { one } = setup();
  for (const pattern of ['a.>', 'a.b*', 'a..b', '']) {
    await expect(one.serve(pattern, () => {})).rejects.toMatchObject({ code: 'BAD_NAME' });
  }
  await expect(one.request('a.*', bytes(''), { timeoutMs: 1 })).rejects.toMatchObject({ code: 'BAD_NAME' });
});

test('one member of each group gets a message, and everybody outside of groups', async () => {
  const { hub, one, clock } = setup();
  const seen = { a: 0, b: 0, c: 0, all: 0, every: 0 };
  const count = (name: keyof typeof seen) => () => {
    seen[name]++;
  };
  await hub.connect().serve('x', count('a'), { group: 'ab' });
  await hub.connect().serve('x', count('b'), { group: 'ab' });
  await hub.connect().serve('x', count('c'), { group: 'c' });
  await hub.connect().serve('x', count('all'));
  await hub.connect().serve('*', count('every'));
  for (let i = 0; i < 100; i++) one.send('x', bytes(''));

  await clock.settle();
  expect(seen).toMatchObject({ c: 100, all: 100, every: 100 });
  expect(seen.a + seen.b).toBe(100);
  expect(Math.min(seen.a, seen.b)).toBeGreaterThan(25);
});

test('a request is answered once; who comes second is not heard', async () => {
  const { hub, one } = setup();
  await hub.connect().serve('x', (message) => message.respond?.(bytes('first')));
  await hub.connect().serve('x', (message) => message.respond?.(bytes('second')));
  expect(text(await one.request('x', bytes(''), { timeoutMs: 10 }))).toBe('first');
});

test('a request nobody serves is UNREACHABLE, one nobody answers NO_ANSWER', async () => {
  const { one, other, clock } = setup();
  await expect(one.request('x', bytes(''), { timeoutMs: 10 })).rejects.toMatchObject({ code: 'UNREACHABLE' });

  await other.serve('x', () => {});
  const asked = one.request('x', bytes(''), { timeoutMs: 10 }).catch((error) => error.code);
  await clock.advance(10);
  expect(await asked).toBe('NO_ANSWER');
  expect(clock.pending).toBe(0);
});

test('a body over maxBytes is refused: a request throws, a send says false, a reply is told to who gave it', async () => {
  const { one, other } = setup({ maxBytes: 4 });
  const refusals: unknown[] = [];
  await other.serve('x', (message) => {
    try {
      message.respond?.(bytes('12345'));
    } catch (error) {
      refusals.push((error as { code: string }).code);
      message.respond?.(bytes('1234'));
    }
  });

  await expect(one.request('x', bytes('12345'), { timeoutMs: 10 })).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    facts: { bytes: 5, maxBytes: 4 },
  });
  expect(one.send('x', bytes('12345'))).toBe(false);
  expect(text(await one.request('x', bytes(''), { timeoutMs: 10 }))).toBe('1234');
  expect(refusals).toEqual(['PAYLOAD_TOO_LARGE']);
});

test('a plan delays, loses and repeats', async () => {
  const { hub, one, other, clock } = setup();
  const seen: string[] = [];
  await other.serve('x.*', ({ subject }) => void seen.push(`${subject} ${clock.monotonic()}`));
  const ways: Record<string, number[]> = { 'x.late': [5], 'x.lost': [], 'x.twice': [1, 9] };
  hub.onDeliver(({ subject }) => ways[subject] as number[]);
  for (const subject of Object.keys(ways)) one.send(subject, bytes(''));

  await clock.advance(10);
  expect(seen).toEqual(['x.twice 1', 'x.late 5', 'x.twice 9']);
});

test('a plan is told who speaks to whom, and whether it asks, answers or only says', async () => {
  const { hub, one, other, clock } = setup();
  const seen: object[] = [];
  hub.onDeliver((delivery) => {
    seen.push(delivery);
    return [0];
  });
  await other.serve('x', (message) => message.respond?.(bytes('')));
  const asked = one.request('x', bytes(''), { timeoutMs: 10 });
  one.send('x', bytes(''));
  await clock.advance(1);
  await asked;

  expect(seen).toEqual([
    { from: 'one', to: 'other', subject: 'x', kind: 'request' },
    { from: 'one', to: 'other', subject: 'x', kind: 'send' },
    { from: 'other', to: 'one', subject: 'x', kind: 'reply' },
  ]);
});

import { expect, test } from 'vitest';
import { Replies } from './replies.js';
import { VirtualClock } from './testing/index.js';

const waiting = { subject: 'a', timeoutMs: 100 };

test('a deadline is met within one sweep, and an answer ends the waiting', async () => {
  const clock = new VirtualClock();
  const replies = new Replies(clock, 10);
  const [slow, quick] = [replies.expect(waiting), replies.expect(waiting)];
  const missed = expect(slow.reply).rejects.toMatchObject({ code: 'NO_ANSWER' });

  await clock.advance(50);
  replies.answer(quick.token, new Uint8Array([7]));
  expect(replies.size).toBe(1);
  await clock.advance(75);

  await missed;
  expect(await quick.reply).toEqual(new Uint8Array([7]));
  expect(replies.answer(slow.token, new Uint8Array())).toBe(false);
});

test('one timer serves all, and none is left when nothing waits', async () => {
  const clock = new VirtualClock();
  const replies = new Replies(clock, 10);

  const tokens = Array.from({ length: 10 }, () => replies.expect(waiting).token);
  expect(clock.pending).toBe(1);
  for (const token of tokens) replies.answer(token, new Uint8Array());
  await clock.advance(25);

  expect(clock.pending).toBe(0);
});

test('one more than may wait is BUSY', () => {
  const replies = new Replies(new VirtualClock(), 2);
  replies.expect(waiting);
  replies.expect(waiting);

  expect(() => replies.expect(waiting)).toThrow(/BUSY/);
});

test('a signal is let go when the answer has come', async () => {
  const replies = new Replies(new VirtualClock(), 10);
  const giveUp = new AbortController();
  const { token, reply } = replies.expect({ ...waiting, signal: giveUp.signal });

  replies.answer(token, new Uint8Array());
  giveUp.abort();

  expect(await reply).toHaveLength(0);
});

import type { Clock } from '@tiercel/actors';
import { expect, test } from 'vitest';
import { Replies } from './replies.js';

/** A clock that stands until it is moved. */
function aClock() {
  let now = 0;
  let timers: { at: number; act: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(delayMs, act) {
      const timer = { at: now + delayMs, act };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
  };
  const advance = (ms: number) => {
    for (const end = now + ms; now < end; now++) {
      const due = timers.filter((timer) => timer.at <= now);
      timers = timers.filter((timer) => timer.at > now);
      for (const { act } of due) act();
    }
  };
  return { clock, advance, timers: () => timers.length };
}

const waiting = { subject: 'a', timeoutMs: 100 };

test('a deadline is met within one sweep, and an answer ends the waiting', async () => {
  const { clock, advance } = aClock();
  const replies = new Replies(clock);
  const [slow, quick] = [replies.expect(waiting), replies.expect(waiting)];
  const missed = expect(slow.reply).rejects.toMatchObject({ code: 'NO_ANSWER' });

  advance(50);
  replies.answer(quick.token, new Uint8Array([7]));
  expect(replies.size).toBe(1);
  advance(75);

  await missed;
  expect(await quick.reply).toEqual(new Uint8Array([7]));
  expect(replies.answer(slow.token, new Uint8Array())).toBe(false);
});

test('one timer serves all, and none is left when nothing waits', () => {
  const { clock, advance, timers } = aClock();
  const replies = new Replies(clock);

  const tokens = Array.from({ length: 10 }, () => replies.expect(waiting).token);
  expect(timers()).toBe(1);
  for (const token of tokens) replies.answer(token, new Uint8Array());
  advance(25);

  expect(timers()).toBe(0);
});

test('one more than may wait is BUSY', () => {
  const replies = new Replies(aClock().clock, 2);
  replies.expect(waiting);
  replies.expect(waiting);

  expect(() => replies.expect(waiting)).toThrow(/BUSY/);
});

test('a signal is let go when the answer has come', async () => {
  const replies = new Replies(aClock().clock);
  const giveUp = new AbortController();
  const { token, reply } = replies.expect({ ...waiting, signal: giveUp.signal });

  replies.answer(token, new Uint8Array());
  giveUp.abort();

  expect(await reply).toHaveLength(0);
});

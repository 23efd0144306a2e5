import { VirtualClock } from '@tiercel/actors/testing';
import { codeOf } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { Polls } from './polls.js';
import { Rate } from './rate.js';

test('a caller may ask as often as the rate says, and after a pause for one second at once', async () => {
  const clock = new VirtualClock();
  const rate = new Rate(10, clock);
  const taken = (turns: number) => Array.from({ length: turns }, () => isTaken(rate, 'a')).filter(Boolean).length;

  expect(taken(20)).toBe(10);
  await clock.advance(300);
  expect(taken(20)).toBe(3);
  await clock.advance(60_000);
  expect(taken(20)).toBe(10);
});

test('only so many callers are remembered', () => {
  const rate = new Rate(1, new VirtualClock());

  for (let caller = 0; caller <= BOUNDS.callers; caller++) rate.take(String(caller));

  expect(rate.callers).toBe(BOUNDS.callers);
  expect([isTaken(rate, '0'), isTaken(rate, String(BOUNDS.callers))]).toEqual([true, false]);
});

test('long polls of one tenant are bounded, and leave room for others', async () => {
  const polls = new Polls();
  const never = () => new Promise<never>(() => {});
  const poll = (tenant: string) => polls.run(tenant, new AbortController().signal, never).catch(codeOf);
  for (let turn = 0; turn < BOUNDS.pollsPerTenant; turn++) void poll('acme');

  expect(await poll('acme')).toBe('BUSY');
  void poll('other');

  expect(polls.size).toBe(BOUNDS.pollsPerTenant + 1);
});

test('a caller that has gone ends its poll', async () => {
  const polls = new Polls();
  const gone = new AbortController();
  const poll = polls.run(
    'acme',
    gone.signal,
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('over')))),
  );

  gone.abort();

  await expect(poll).rejects.toThrow('over');
  expect(polls.size).toBe(0);
});

function isTaken(rate: Rate, caller: string): boolean {
  try {
    rate.take(caller);
    return true;
  } catch {
    return false;
  }
}

import { VirtualClock } from '@tiercel/actors/testing';
import { type Presence, TiercelError } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import type { Reached } from './connection.js';
import { Roll, rollCall } from './roll.js';

const aSign = (sign: Partial<Presence> = {}): Presence => ({
  ...{ service: 'consumer', instance: 'consumer-1', pid: 1, stopping: false, leases: 0, version: '0.1.0', nowMs: 0 },
  ...sign,
});
const reachedWith = (listen: Reached['listen']) => ({ listen }) as Reached;

test('whoever was heard lives until it says otherwise or falls silent', async () => {
  const clock = new VirtualClock();
  const roll = new Roll(clock);
  for (const instance of ['b', 'a', 'c']) roll.take(aSign({ instance }));
  roll.take(aSign({ instance: 'c', stopping: true }));

  await clock.advance(3_000);
  roll.take(aSign({ instance: 'b', leases: 4 }));
  expect(roll.living().map(({ instance }) => instance)).toEqual(['a', 'b']);

  await clock.advance(1_000);
  expect(roll.living()).toMatchObject([{ instance: 'b', leases: 4 }]);
});

test('a clock is compared as its word arrives', async () => {
  const clock = new VirtualClock();
  const roll = new Roll(clock);

  roll.take(aSign({ nowMs: clock.now() - 7_000 }));
  await clock.advance(500);

  expect(roll.living()).toMatchObject([{ aheadMs: -7_000 }]);
});

test('a call hears a second and a half; who may not listen hears nothing', async () => {
  const clock = new VirtualClock();
  const listening = rollCall(
    reachedWith(async (onSign) => {
      clock.after(1_400, () => onSign(aSign()));
      clock.after(1_600, () => onSign(aSign({ instance: 'late' })));
      return async () => {};
    }),
    clock,
  );
  await clock.advance(2_000);
  expect((await listening)?.map(({ instance }) => instance)).toEqual(['consumer-1']);

  const denied = (code: 'ACCESS_DENIED' | 'STOPPED') =>
    rollCall(
      reachedWith(() => Promise.reject(new TiercelError(code))),
      clock,
    );
  expect(await denied('ACCESS_DENIED')).toBeUndefined();
  await expect(denied('STOPPED')).rejects.toMatchObject({ code: 'STOPPED' });
});

import type { Counted, QueueView } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { type Look, picture, pulsesOf } from './pulse.js';

const aQueue = (queue: Partial<QueueView> = {}): QueueView => ({
  ...{ queue: 'mail', ready: 0, scheduled: 0, leased: 0, dead: 0, finished: 0, bytes: 0, oldestMs: 0, paused: false },
  ...queue,
});
const aCount = (counted: Partial<Counted> = {}): Counted => ({
  ...{ queue: 'mail', name: 'Welcome', enqueued: 0, started: 0, succeeded: 0, failed: 0, retried: 0 },
  ...{ expired: 0, dead: 0, cancelled: 0, discarded: 0 },
  ...counted,
});
const aLook = (look: Partial<Look> = {}): Look => ({ atMs: 0, queues: [aQueue()], counters: [], living: [], ...look });

test('rates are those of all jobs of a queue, for the time between two looks', () => {
  const before = aLook({ counters: [aCount({ enqueued: 100, succeeded: 90 })] });
  const counters = [
    aCount({ enqueued: 140, succeeded: 96, failed: 2 }),
    aCount({ name: 'Bye', enqueued: 10 }),
    aCount({ queue: 'post', enqueued: 7 }),
  ];

  const pulses = pulsesOf(before, aLook({ atMs: 2_000, counters }));

  expect(pulses).toMatchObject([{ queue: 'mail', enqueuedPerSec: 25, succeededPerSec: 3, failedPerSec: 1 }]);
});

test('an installation that was made anew in between has no negative rates', () => {
  const before = aLook({ counters: [aCount({ enqueued: 100 })] });

  expect(pulsesOf(before, aLook({ atMs: 1_000, counters: [aCount({ enqueued: 3 })] }))).toMatchObject([{ enqueuedPerSec: 0 }]);
});

test('the busiest queue comes first, below the sums', () => {
  const queues = [
    aQueue({ queue: 'idle' }),
    aQueue({ queue: 'deep', ready: 5, oldestMs: 65_000 }),
    aQueue({ queue: 'busy', leased: 1 }),
  ];
  const counters = [aCount({ queue: 'busy', enqueued: 12, succeeded: 4 })];

  const lines = picture('title', aLook({ queues }), aLook({ atMs: 1_000, queues, counters })).split('\n');

  expect(lines.slice(0, 2)).toEqual(['title', 'in 12/s   done 4/s   failed 0/s   ready 5   running 1   dead 0']);
  expect(lines.slice(4, 7).map((line) => line.split(' ')[0])).toEqual(['busy', 'deep', 'idle']);
  expect(lines[5]).toContain('1m 5s');
});

test('workers are shown with what they hold; who may not hear them is told', () => {
  const sign = { service: 'consumer', instance: 'consumer-1', pid: 1, stopping: false, version: '0.1.0', nowMs: 0, aheadMs: 0 };
  const living = [{ ...sign, leases: 3, serves: { tenant: '', queues: ['*'], slots: 10 } }];

  expect(picture('', aLook(), aLook({ living }))).toMatch(/consumer-1 +3 +10$/);
  expect(picture('', aLook(), aLook({ living: undefined }))).toContain('may not hear');
});

import { TiercelError } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { DEFAULT_RETENTION } from '../job-store.js';
import { aJob, QUEUE, someJobs, TENANT } from '../testing/builders.js';
import { ManualClock } from '../testing/manual-clock.js';
import { aReserve, aWant } from '../testing/setup.js';
import { MemoryShard } from './memory-shard.js';
import type { JobRecord } from './record.js';
import { verbsOf } from './verbs.js';
import { NOBODY } from './witness.js';

test('a payload that cannot be read any more has its job set aside, and the next one is served', () => {
  const { shard, verbs, aside, reserve } = setup();
  verbs.enqueue(someJobs(['a', 'b', 'c']));
  damage(shard.find(TENANT, 'a')!, 'CORRUPT');
  damage(shard.find(TENANT, 'b')!, 'CORRUPT');

  expect(reserve().jobs.map(({ id }) => id)).toEqual(['c']);

  expect(aside).toEqual(['a', 'b']);
  expect(verbs.find(TENANT, ['a'], { payload: false })).toMatchObject([
    { state: 'dead', attempt: 0, reason: expect.stringMatching(/^CORRUPT/) },
  ]);
  expect(verbs.quarantined(TENANT, { cursor: '', limit: 10 }).records).toMatchObject([{ id: 'a' }, { id: 'b' }]);
  expect(verbs.queues(TENANT)).toMatchObject([{ queue: QUEUE, ready: 0, leased: 1, dead: 0, bytes: 0 }]);
  expect(verbs.counters(TENANT)).toMatchObject([{ enqueued: 3, started: 1, failed: 0, dead: 2 }]);
});

test('what cannot be read for another reason stays where it is', () => {
  const { shard, verbs, reserve } = setup();
  verbs.enqueue([aJob()]);
  damage(shard.find(TENANT, 'job-1')!, 'STORAGE_UNAVAILABLE');

  expect(reserve).toThrowError(/STORAGE_UNAVAILABLE/);

  expect(verbs.queues(TENANT)).toMatchObject([{ ready: 1, leased: 0 }]);
});

function setup() {
  const aside: string[] = [];
  const shard = new MemoryShard(DEFAULT_RETENTION, { ...NOBODY, quarantined: ({ given }) => aside.push(given.id) });
  const verbs = verbsOf({ clock: new ManualClock(), shards: 1, shardAt: () => shard });
  const reserve = () => verbs.reserve(aReserve({ shards: 1 }, { wants: [aWant()] }));
  return { shard, verbs, aside, reserve };
}

function damage(job: JobRecord, code: 'CORRUPT' | 'STORAGE_UNAVAILABLE'): void {
  const { length } = job.payload!;
  job.payload = {
    length,
    slice: () => {
      throw new TiercelError(code);
    },
  };
}

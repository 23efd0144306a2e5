import { VirtualClock } from '@tiercel/actors/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HeldBatch, heldBatch, leasesOf } from './held-batch.js';
import { KeeperRing, type KeeperRingReader } from './keeper-ring.js';
import { RingWatch } from './ring-watch.js';
import { WORKER_LIMITS } from './worker-limits.js';

type Seen = readonly ['keep', HeldBatch] | readonly ['ended', readonly number[]];

function reader(): KeeperRingReader & { readonly seen: Seen[] } {
  const seen: Seen[] = [];
  return { seen, keep: (batch) => seen.push(['keep', batch]), ended: (keys) => seen.push(['ended', keys]) };
}

const batchOf = (serial: number, count: number): HeldBatch =>
  heldBatch(
    serial,
    Array.from({ length: count }, (_, n) => ({
      job: { tenant: 'acme', id: `job-${serial}-${n}`, token: 'a'.repeat(24), leaseMs: 30_000, timeoutMs: 900_000 } as never,
      endAt: 5_000 + n,
    })),
  );

test('what is written is read in its order, round and round, and what finds no room is refused whole', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ keep: fc.integer({ min: 1, max: 500 }) }) },
    { weight: 3, arbitrary: fc.record({ ended: fc.array(fc.nat(), { maxLength: 500 }) }) },
    { weight: 2, arbitrary: fc.constant('read' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
      const writer = new KeeperRing();
      const ring = new KeeperRing(writer.memory);
      const { seen, ...hooks } = reader();
      const expected: Seen[] = [];
      for (const [serial, told] of steps.entries()) {
        if (told === 'read') ring.read(hooks);
        else if ('keep' in told) {
          const batch = batchOf(serial, told.keep);
          if (writer.keep(batch)) expected.push(['keep', batch]);
        } else if (writer.ended(told.ended)) expected.push(['ended', told.ended]);
      }
      ring.read(hooks);
      expect(seen).toEqual(expected);
      expect(writer.keep(batchOf(1, 500))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a batch comes out as leases', () => {
  const ring = new KeeperRing();
  const { seen, ...hooks } = reader();
  ring.keep(batchOf(3, 2));

  expect(ring.read(hooks)).toBe(true);

  const [[, batch]] = seen as [['keep', HeldBatch]];
  expect(leasesOf(batch)).toEqual(leasesOf(batchOf(3, 2)));
  expect(ring.read(hooks)).toBe(false);
});

test('a full ring takes nothing more until it is read', () => {
  const ring = new KeeperRing();
  let batches = 0;
  while (ring.keep(batchOf(batches, 500))) batches++;
  expect(batches).toBeGreaterThan(10);
  expect(ring.keep(batchOf(99, 500))).toBe(false);

  const { seen, ...hooks } = reader();
  ring.read(hooks);

  expect(seen).toHaveLength(batches);
  expect(ring.keep(batchOf(99, 500))).toBe(true);
});

test('somebody looks while there is something to see, and then has to be told', async () => {
  const clock = new VirtualClock();
  const ring = new KeeperRing();
  const { seen, ...hooks } = reader();
  const watch = new RingWatch({ ring, reader: hooks, clock });
  expect(ring.isWatched).toBe(false);

  ring.keep(batchOf(1, 1));
  watch.look();
  expect([seen.length, ring.isWatched]).toEqual([1, true]);
  ring.keep(batchOf(2, 1));
  await clock.advance(WORKER_LIMITS.lookMs);
  expect(seen).toHaveLength(2);

  await clock.advance(WORKER_LIMITS.lookMs * (WORKER_LIMITS.idleLooks + 2));
  expect([ring.isWatched, clock.pending]).toEqual([false, 0]);
  ring.keep(batchOf(3, 1));
  watch.look();
  expect([seen.length, ring.isWatched]).toEqual([3, true]);
});

import { expect, test } from 'vitest';
import { aLeasedJob } from './broker.test.kit.js';
import { firstOf, heldBatch, leasesOf } from './held-batch.js';
import { YoungBatch } from './young-batch.js';

const grants = [aLeasedJob({ timeoutMs: 9_000 }), aLeasedJob({ id: 'a@b:c.d_e-f', timeoutMs: 3_000, leaseMs: 700 })].map(
  (job, place) => ({
    job,
    endAt: 5_000.25 - place,
  }),
);
const leases = grants.map(({ job: { tenant, id, token, leaseMs, timeoutMs }, endAt }, place) => ({
  key: 3 * 512 + place,
  ref: { tenant, id, token, leaseMs },
  timeoutMs,
  endAt,
}));

test('leases are the same on both sides of the port', () => {
  const batch = structuredClone(heldBatch(3, grants));

  expect(leasesOf(batch)).toEqual(leases);
  expect(batch).toMatchObject({ first: 3 * 512, count: 2, endAt: 4_999.25, timeoutMs: 3_000 });
  expect(leases.map(({ key }) => firstOf(key))).toEqual([batch.first, batch.first]);
});

test('what has ended is not among the leases of a batch, also when it is said twice', () => {
  const young = new YoungBatch(heldBatch(3, grants));

  young.end(3 * 512);
  young.end(3 * 512);

  expect(young.left).toBe(1);
  expect(young.leases()).toEqual([leases[1]]);
});

import { checkAgainstModel, describeJobStore, describeRestart, ManualClock } from '@tiercel/store/testing';
import { expect, test } from 'vitest';
import { ackOf, opener, openStore, redisUrl, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();

describeJobStore('Redis', opener(url), {
  driver: 'redis',
});
describeRestart('Redis', opener(url));

/** How many random sequences are tried; `TIERCEL_MODEL_SEQUENCES`, 300 by default. */
const SEQUENCES = Number(process.env.TIERCEL_MODEL_SEQUENCES || 300);
/** Each, on a machine that has other things to do. */
const AT_MOST_MS = 2_000;

test(
  `Redis answers as the model does in ${SEQUENCES} sequences of 60 commands`,
  async () => {
    const seen = await checkAgainstModel(opener(url), { sequences: SEQUENCES, commands: 60, seed: 20_261_122 });

    expect(seen.get('settle OK')).toBeGreaterThan(1_000);
  },
  SEQUENCES * AT_MOST_MS,
);

test('a batch may be larger than what Lua takes at a time', async () => {
  const [clock, jobs] = [new ManualClock(), someJobs(9_000)];
  const store = await openStore(url, { clock, shards: 1 });

  const verdicts = await store.enqueue([...jobs, ...jobs.slice(0, 500)]);
  expect(verdicts.filter(({ code }) => code === 'OK')).toHaveLength(9_000);
  expect(verdicts.filter(({ code }) => code === 'DUPLICATE')).toHaveLength(500);
  const leases = await reserveSome(store, 9_000, 8 * 1_024 * 1_024);
  expect(leases.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
  expect(new Set(leases.map(({ token }) => token)).size).toBe(9_000);
  expect(new Set(await store.extend(leases.map((lease) => ({ ...lease, leaseMs: 1_000 }))))).toEqual(new Set(['OK']));
  expect(new Set(await store.settle(leases.map(ackOf)))).toEqual(new Set(['OK']));
  const found = await store.find(
    TENANT,
    jobs.map(({ id }) => id),
    { payload: false },
  );
  expect(new Set(found.map((job) => job?.state))).toEqual(new Set(['completed']));
  clock.advance(3_600_000);
  expect((await store.prune(0, 10_000)).moved).toBe(9_000);
});

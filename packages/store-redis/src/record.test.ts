import { AS_QUEUE, DEFAULTS, ENCODINGS, isName, LIMITS, type NewJob } from '@tiercel/protocol';
import { shardOf } from '@tiercel/store';
import { aJob } from '@tiercel/store/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, freshNamespace, openStore, QUEUE, redisUrl, refusal, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const url = await redisUrl();
const store = () => openStore(url, { shards: 1 });

const orStandard = (standard: number, max: number) => fc.oneof(fc.constant(standard), fc.nat({ max }));

const anyJob: fc.Arbitrary<Partial<NewJob>> = fc.record({
  id: fc.oneof(fc.uuid(), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/)),
  generated: fc.boolean(),
  queue: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/).filter(isName),
  name: fc.stringMatching(/^[\x21-\x7e]{1,128}$/),
  // Around the size above which a payload is kept apart.
  payload: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 505, maxLength: 520 })),
  encoding: fc.constantFrom(...ENCODINGS),
  checksum: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  priority: fc.nat({ max: LIMITS.priority }),
  attempts: orStandard(AS_QUEUE, LIMITS.attempts),
  leaseMs: orStandard(AS_QUEUE, LIMITS.leaseMs),
  ttlMs: fc.oneof(fc.constant(0), fc.integer({ min: 60_000, max: 2 ** 40 })),
  timeoutMs: orStandard(900_000, LIMITS.timeoutMs),
  backoffMs: orStandard(1_000, LIMITS.backoffMs),
  backoffMaxMs: orStandard(3_600_000, LIMITS.backoffMs),
});

test('whatever a job says of itself, what is leased and what is found says the same', async () => {
  const kept = await store();
  let tenants = 0;

  await fc.assert(
    fc.asyncProperty(anyJob, async (told) => {
      const job = aJob({ ...told, tenant: `tenant-${++tenants}` });
      const where = { shard: shardOf(job.tenant, kept.shards), wants: [{ tenant: job.tenant, queue: job.queue, max: 1 }], max: 1 };
      await kept.enqueue([job]);

      const [waiting] = await kept.find(job.tenant, [job.id], { payload: true });
      const { jobs } = await kept.reserve({ ...where, maxBytes: 1, deliveryLeaseMs: 5_000, owner: 'wörker', nonce: '00c0ffee' });
      const [leased] = await kept.find(job.tenant, [job.id], { payload: true });
      const { delayMs: _, atMs: __, generated: ___, priority, ttlMs: ____, ...shared } = job;
      const resolved = {
        attempts: job.attempts === AS_QUEUE ? DEFAULTS.attempts : job.attempts,
        leaseMs: job.leaseMs === AS_QUEUE ? DEFAULTS.leaseMs : job.leaseMs,
      };

      expect(jobs[0]).toMatchObject({ ...shared, ...resolved, originQueue: job.queue, attempt: 1, spent: 0, lostLeases: 0 });
      const { id, tenant, queue, name, attempts, encoding, payload } = shared;
      expect(waiting).toMatchObject({ id, tenant, queue, name, attempts, encoding, payload, priority, state: 'ready', attempt: 0 });
      expect(leased).toMatchObject({
        id,
        tenant,
        queue,
        name,
        attempts,
        encoding,
        payload,
        priority,
        state: 'leased',
        owner: 'wörker',
      });
      await kept.settle([ackOf(jobs[0]!)]);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('reasons and results come out as they went in', async () => {
  const kept = await store();
  const anyText = fc.string({ unit: 'binary', maxLength: LIMITS.reasonChars });
  let nth = 0;

  await fc.assert(
    fc.asyncProperty(
      anyText,
      fc.option(fc.uint8Array({ maxLength: 5_000 })),
      fc.nat({ max: 3_000 }),
      async (reason, result, bytes) => {
        const id = `job-${++nth}`;
        const look = async () => (await kept.find(TENANT, [id], { payload: true }))[0];
        const payload = new Uint8Array(bytes);
        await kept.enqueue([aJob({ id, tenant: TENANT, queue: QUEUE, payload })]);

        const [first] = await reserveSome(kept);
        const release = { delayMs: 0, spend: true, lost: false, head: false, reason };
        await kept.settle([{ ...ackOf(first!), outcome: 'release', ...release }]);
        expect(await look()).toMatchObject({ state: 'ready', spent: 1, reason, payload });

        const [second] = await reserveSome(kept);
        expect(second).toMatchObject({ attempt: 2, payload });
        await kept.settle([{ ...ackOf(second!), ...(result && { result }) }]);
        const completed = await look();
        expect(completed).toMatchObject({ state: 'completed', reason });
        expect(completed?.result).toEqual(result ?? undefined);
        expect(completed).not.toHaveProperty('payload');
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);

test('a record with bytes flipped or cut off never makes a verb fail half way, and harms no other job', async () => {
  const namespace = freshNamespace();
  const kept = await openStore(url, { namespace, shards: 1 });
  const redis = new Redis(url);
  onTestFinished(() => void redis.disconnect());
  const records = `tiercel:{${namespace}:0}:${TENANT}:jobs`;
  let nth = 0;

  const damage = fc.record({
    begun: fc.boolean(),
    at: fc.nat({ max: 120 }),
    bits: fc.integer({ min: 1, max: 255 }),
    cut: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ begun, at, bits, cut }) => {
      const [id, sound] = [`job-${++nth}`, `sound-${nth}`];
      await kept.enqueue([aJob({ id, ttlMs: 60_000 }), aJob({ id: sound })]);
      const leases = begun ? await reserveSome(kept, 1) : [];
      const record = (await redis.hgetBuffer(records, id))!;
      if (!cut) record[at % record.length]! ^= bits;
      await redis.hset(records, id, cut ? record.subarray(0, at % record.length) : record);

      await kept.extend(leases.map((lease) => ({ ...lease, leaseMs: 1_000 })));
      await kept.settle(
        leases.map((lease) => ({
          ...ackOf(lease),
          outcome: 'release',
          delayMs: 1,
          spend: true,
          lost: true,
          head: false,
          reason: '',
        })),
      );
      await kept.reap(0, 100, { owners: [{ owner: 'worker-1', reason: 'gone' }], cursor: '' });
      await kept.promote(0, 100);
      await kept.cancel(TENANT, [id]);
      await kept.revive(TENANT, [id]);
      await kept.enqueue([aJob({ id })]);
      await kept
        .find(TENANT, [id], { payload: true })
        .catch((error) => expect(error).toMatchObject({ code: 'CORRUPT', facts: { id } }));
      const rest = [...(await reserveSome(kept)), ...(await reserveSome(kept))];
      expect(rest.map((job) => job.id)).toContain(sound);
      await kept.settle(rest.map(ackOf));
      await kept.prune(0, 100);
      await redis.hdel(records, id);
    }),
    { numRuns: 500 },
  );
}, 120_000);

test('a record of a layout nobody knows is left as it is', async () => {
  const namespace = freshNamespace();
  const kept = await openStore(url, { namespace, shards: 1 });
  const redis = new Redis(url);
  onTestFinished(() => void redis.disconnect());
  const records = `tiercel:{${namespace}:0}:${TENANT}:jobs`;
  await kept.enqueue(someJobs(1));
  const record = (await redis.hgetBuffer(records, 'job-0'))!;
  record[0] = 1;
  await redis.hset(records, 'job-0', record);

  expect(await reserveSome(kept)).toEqual([]);
  expect(await kept.cancel(TENANT, ['job-0'])).toEqual([{ code: 'WRONG_STATE', state: 'dead' }]);
  expect((await refusal(kept.find(TENANT, ['job-0'], { payload: false }))).code).toBe('CORRUPT');
  expect(await redis.hgetBuffer(records, 'job-0')).toEqual(record);
});

import { createHash } from 'node:crypto';
import { DEFAULTS, LIMITS } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, QUEUE, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, refOf } from '../setup.js';

export function enqueueRules({ setup, rule, needing }: Kit): void {
  needing('listing')('an accepted job is known by its id at once', async () => {
    const { store, clock, look } = await setup();

    expect(await store.enqueue([aJob()])).toEqual([{ code: 'OK', state: 'ready' }]);

    expect(await look()).toEqual({
      id: 'job-1',
      tenant: TENANT,
      queue: QUEUE,
      name: 'HelloWorld',
      state: 'ready',
      attempt: 0,
      spent: 0,
      attempts: DEFAULTS.attempts,
      undelivered: 0,
      lostLeases: 0,
      priority: DEFAULTS.priority,
      cancelRequested: false,
      createdAtMs: clock.now(),
      atMs: 0,
      owner: '',
      reason: '',
      encoding: 'json',
      payload: aJob().payload,
    });
  });

  needing('delay')('a job with a delay is scheduled, due on the clock of the store', async () => {
    const { store, clock, look, reserve } = await setup();

    expect(await store.enqueue([aJob({ delayMs: 1_500 })])).toEqual([{ code: 'OK', state: 'scheduled' }]);

    expect(await look()).toMatchObject({ state: 'scheduled', atMs: clock.now() + 1_500 });
    expect(await reserve()).toEqual({ jobs: [], left: [0] });
  });

  needing('duplicateIds')('the same id with the same contents is a duplicate, told with the state of the stored job', async () => {
    const { store, reserveOne } = await setup({ jobs: [aJob()] });
    await reserveOne();

    expect(await store.enqueue([aJob()])).toEqual([{ code: 'DUPLICATE', state: 'leased' }]);

    expect(await store.queues(TENANT)).toMatchObject([{ ready: 0, leased: 1 }]);
  });

  needing('duplicateIds')('the same id with other contents is refused and changes nothing', async () => {
    const { store, look } = await setup({ jobs: [aJob()] });

    const other = aJob({ payload: Uint8Array.of(1), priority: 0 });
    expect(await store.enqueue([other])).toEqual([{ code: 'DUPLICATE_ID', state: '' }]);

    expect(await look()).toMatchObject({ payload: aJob().payload, priority: DEFAULTS.priority });
  });

  needing('duplicateIds')('the same id in another queue of the tenant is refused', async () => {
    const { store } = await setup({ jobs: [aJob()] });

    expect(await store.enqueue([aJob({ queue: 'other' })])).toEqual([{ code: 'DUPLICATE_ID', state: '' }]);

    expect((await store.queues(TENANT)).map(({ queue }) => queue)).toEqual([QUEUE]);
  });

  needing('duplicateIds')('what a repeated job says of delay and priority does not matter', async () => {
    const { store, look } = await setup({ jobs: [aJob()] });

    expect(await store.enqueue([aJob({ delayMs: 60_000, priority: 9 })])).toEqual([{ code: 'DUPLICATE', state: 'ready' }]);

    expect(await look()).toMatchObject({ state: 'ready', priority: DEFAULTS.priority });
  });

  needing('duplicateIds')('two jobs with one id in one batch: the second is judged against the first', async () => {
    const { store, drain } = await setup();

    const verdicts = await store.enqueue([aJob(), aJob(), aJob({ payload: Uint8Array.of(1) })]);

    expect(verdicts.map(({ code }) => code)).toEqual(['OK', 'DUPLICATE', 'DUPLICATE_ID']);
    expect(await drain()).toEqual(['job-1']);
  });

  needing('duplicateIds')('an id stays known after its job has finished', async () => {
    const { store, reserveOne, ack } = await setup({ jobs: [aJob()] });
    await ack(await reserveOne());

    expect(await store.enqueue([aJob()])).toEqual([{ code: 'DUPLICATE', state: 'completed' }]);
  });

  needing('duplicateIds')('verdicts come in the order of the jobs', async () => {
    const { store } = await setup({ jobs: [aJob({ id: 'b' })] });

    const verdicts = await store.enqueue([aJob({ id: 'c' }), aJob({ id: 'b' }), aJob({ id: 'a' })]);

    expect(verdicts.map(({ code }) => code)).toEqual(['OK', 'DUPLICATE', 'OK']);
  });

  rule('one id in two tenants is two jobs', async () => {
    const { store, reserveOne, ack, drain } = await setup({ jobs: [aJob(), aJob({ tenant: 'globex' })] });

    await ack(await reserveOne({ wants: [aWant({ tenant: 'globex' })] }));

    expect(await store.enqueue([aJob({ tenant: 'initech' })])).toEqual([{ code: 'OK', state: 'ready' }]);
    expect(await reserveOne()).toMatchObject({ tenant: TENANT, id: 'job-1' });
    expect(await drain({ wants: [aWant({ tenant: 'globex' })] })).toEqual([]);
  });

  rule('a batch over tenants of many shards is stored whole', async () => {
    const tenants = Array.from({ length: 40 }, (_, at) => `tenant-${at}`);
    const { drain } = await setup({ shards: 16, jobs: tenants.map((tenant) => aJob({ tenant, id: `of-${tenant}` })) });

    for (const tenant of tenants) expect(await drain({ wants: [aWant({ tenant })] })).toEqual([`of-${tenant}`]);
  });

  rule('payloads are handed out exactly as they went in, empty, binary or large', async () => {
    const { store, reserve, payloadMostBytes } = await setup();
    const bodies = [...BODIES.filter((body) => body.length < payloadMostBytes), bytesOf(payloadMostBytes)];
    await store.enqueue(bodies.map((payload, nth) => aJob({ id: `${nth}`, payload, encoding: 'raw' })));

    const leased = (await reserve({ maxBytes: 2 * LIMITS.payloadMostBytes })).jobs;

    expect(leased.map(({ payload }) => hashOf(payload))).toEqual(bodies.map(hashOf));
  });

  needing('listing')('payload and result bytes are shown exactly as they went in, empty, binary or large', async () => {
    const jobs = BODIES.map((payload, nth) => aJob({ id: `${nth}`, payload, encoding: 'raw' }));
    const { reserve, look, store } = await setup({ jobs });

    const leased = (await reserve({ maxBytes: 2 * LIMITS.payloadMostBytes })).jobs;
    for (const [nth, body] of BODIES.entries()) expect(hashOf((await look(`${nth}`))!.payload!)).toBe(hashOf(body));

    await store.settle(leased.map((lease, nth) => ({ ...refOf(lease), outcome: 'ack', result: RESULTS[nth]! })));
    for (const [nth, result] of RESULTS.entries()) expect(hashOf((await look(`${nth}`))!.result!)).toBe(hashOf(result));
  });

  rule('nobody changes a stored payload through a buffer of theirs', async () => {
    const mine = Buffer.from('original');
    const { reserveOne, release } = await setup({ jobs: [aJob({ payload: mine })] });

    mine.fill(0);
    const lease = await reserveOne();
    lease.payload.fill(0);
    await release(lease);

    expect(Buffer.from((await reserveOne()).payload).toString()).toBe('original');
  });

  needing('listing')('nobody changes a stored payload through the buffer a look gave him', async () => {
    const { reserveOne, look } = await setup({ jobs: [aJob({ payload: Buffer.from('original') })] });

    (await look())!.payload!.fill(0);

    expect(Buffer.from((await reserveOne()).payload).toString()).toBe('original');
  });
}

/** Every byte, again and again. */
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 7) % 256);

/** Drivers keep what is longer than some hundred bytes in another place. */
const BODIES = [0, 1, 256, 511, 512, 513, 65_537, LIMITS.payloadMostBytes].map(bytesOf);
const RESULTS = BODIES.map((body) => body.subarray(0, LIMITS.resultBytes).toReversed());

/** Short, so that a difference can be read. */
const hashOf = (bytes: Uint8Array): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;

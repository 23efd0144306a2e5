import { LIMITS } from '@tiercel/protocol';
import { describe, expect, test } from 'vitest';
import { aDemand, aJob, LONG, setup, someJobs } from './setup.test.kit.js';

const refused = (code: string, facts: object = {}) => expect.objectContaining({ code, facts: expect.objectContaining(facts) });

describe('enqueue', () => {
  test('stores for the tenant of the subject and says how durable that is', async () => {
    const { of, memory, after } = await setup();
    const job = aJob('acme');
    expect(await after(20, of('acme').ask('enqueue', { jobs: [job] }, LONG))).toEqual({
      verdicts: [{ code: 'OK', state: 'ready' }],
      durability: 'memory',
    });
    expect(await memory.find('acme', [job.id], { payload: false })).toMatchObject([{ tenant: 'acme', state: 'ready' }]);
    expect(await memory.find('umbrella', [job.id], { payload: false })).toEqual([null]);
  });

  test('refuses a payload over 256 KiB alone and stores the others, verdicts in the order of the jobs', async () => {
    const { of, memory, after } = await setup();
    const jobs = [aJob('acme'), aJob('acme', { payload: new Uint8Array(256 * 1024 + 1) }), aJob('acme')];
    const { verdicts } = await after(20, of('acme').ask('enqueue', { jobs }, LONG));
    expect(verdicts.map(({ code }) => code)).toEqual(['OK', 'PAYLOAD_TOO_LARGE', 'OK']);
    const ids = jobs.map(({ id }) => id);
    expect((await memory.find('acme', ids, { payload: false })).map((job) => job?.state)).toEqual(['ready', undefined, 'ready']);
  });

  test('is refused to the pool, which serves jobs and makes none', async () => {
    const { pool, after } = await setup();
    await expect(after(20, pool.ask('enqueue', { jobs: [aJob('acme')] }, LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
  });

  test('on a subject that names another queue is refused whole', async () => {
    const { of, memory, after } = await setup();
    const jobs = [aJob('acme', { queue: 'mail' }), aJob('acme', { queue: 'secret' })];
    const asked = of('acme').ask('enqueue', { jobs }, { ...LONG, topic: 'mail' });
    await expect(after(20, asked)).rejects.toEqual(refused('BAD_MESSAGE'));
    expect(await memory.queues('acme')).toEqual([]);
  });
});

describe('the subject', () => {
  test('of a reserve names the queue it may take from', async () => {
    const { of, after } = await setup();
    for (const queues of [['mail', 'secret'], ['*']]) {
      const asked = of('acme').ask('reserve', aDemand({ queues }), { ...LONG, topic: 'mail' });
      await expect(after(20, asked)).rejects.toEqual(refused('BAD_MESSAGE'));
    }
  });

  test.each(['_pool', 'x'.repeat(64), 'mäil'])('whose queue is %j is no request', async (topic) => {
    const { of, after } = await setup();
    await expect(after(20, of('acme').ask('queues', {}, { ...LONG, topic }))).rejects.toEqual(refused('BAD_NAME'));
  });
});

describe('leases of another tenant', () => {
  test('cannot be settled or extended, and the whole batch is refused', async () => {
    const { of, memory, after } = await setup();
    const jobs = [aJob('acme'), aJob('umbrella')];
    await memory.enqueue(jobs);
    const mine = (await after(20, of('acme').ask('reserve', aDemand(), LONG))).jobs[0]!;
    const theirs = (await after(20, of('umbrella').ask('reserve', aDemand(), LONG))).jobs[0]!;
    const settlements = [mine, theirs].map(({ tenant, id, token }) => ({ tenant, id, token, outcome: 'ack' as const }));
    const leases = [mine, theirs].map(({ tenant, id, token }) => ({ tenant, id, token, leaseMs: 1_000 }));

    await expect(after(20, of('acme').ask('settle', { settlements }, LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
    await expect(after(20, of('acme').ask('extend', { leases }, LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
    expect(await memory.find('umbrella', [theirs.id], { payload: false })).toMatchObject([{ state: 'leased' }]);
  });

  test('are the pool’s to settle, by a token that is current', async () => {
    const { pool, memory, after } = await setup();
    await memory.enqueue([aJob('acme'), aJob('umbrella')]);
    const { jobs } = await after(20, pool.ask('reserve', aDemand(), LONG));
    const settlements = jobs.map(({ tenant, id, token }) => ({ tenant, id, token, outcome: 'ack' as const }));
    const forged = { ...settlements[0]!, token: '0'.repeat(24) };
    const { verdicts } = await after(20, pool.ask('settle', { settlements: [...settlements, forged] }, LONG));
    expect(verdicts).toEqual(['OK', 'OK', 'LEASE_LOST']);
  });

  test.each(['find', 'cancel', 'revive'] as const)('%s is the tenant’s own', async (verb) => {
    const { pool, of, memory, after } = await setup();
    const job = aJob('acme');
    await memory.enqueue([job]);
    const body = { ids: [job.id], payload: true };
    await expect(after(20, pool.ask(verb, body, LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
    const elsewhere = await after(20, of('umbrella').ask(verb, body, LONG));
    expect(elsewhere).toEqual(verb === 'find' ? { jobs: [null] } : { verdicts: [{ code: 'NOT_FOUND', state: '' }] });
  });
});

describe('the gate', () => {
  const bounds = { requestsPerTenant: 4, bytesPerTenant: 1_000, retryAfterMs: 250 };
  const codes = async (answers: Promise<PromiseSettledResult<unknown>[]>) =>
    (await answers).map((answer) => (answer.status === 'fulfilled' ? 'OK' : answer.reason.code));

  test('says BUSY to the tenant that has too many requests under way, and to no other', async () => {
    const { tap, of, after } = await setup({ bounds });
    tap.answerMs = 500;
    const flood = Promise.allSettled(Array.from({ length: 10 }, () => of('flood').ask('queues', {}, LONG)));
    const other = of('acme').ask('queues', {}, LONG);
    const answers = await after(600, flood);
    expect(await codes(Promise.resolve(answers))).toEqual(
      [...new Array(4).fill('OK'), ...new Array(6).fill('BUSY')].sort().reverse(),
    );
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: refused('BUSY', { retryAfterMs: 250 }) });
    expect(await after(0, other)).toEqual({ queues: [] });
  });

  test('counts bytes too, but lets one request in whatever its size', async () => {
    const { tap, of, after } = await setup({ bounds });
    tap.answerMs = 500;
    const payload = new Uint8Array(2_000);
    const asked = Promise.allSettled([1, 2].map(() => of('flood').ask('enqueue', { jobs: [aJob('flood', { payload })] }, LONG)));
    expect((await codes(after(600, asked))).sort()).toEqual(['BUSY', 'OK']);
  });

  test('opens again when the requests are done, also those that failed', async () => {
    const { tap, of, after } = await setup({ bounds });
    for (let round = 0; round < 5; round++) {
      tap.down = round % 2 === 0;
      const asked = Promise.allSettled(Array.from({ length: 4 }, () => of('acme').ask('queues', {}, LONG)));
      expect(await codes(after(20, asked))).toEqual(new Array(4).fill(tap.down ? 'STORAGE_UNAVAILABLE' : 'OK'));
    }
  });

  test('bounds parked reserves of one tenant, and of no other', async () => {
    const { of, after, pending } = await setup({ bounds: { parkedPerTenant: 2 } });
    const parked = [1, 2].map(() => of('flood').ask('reserve', aDemand(), LONG));
    await after(20, Promise.resolve());
    await expect(after(20, of('flood').ask('reserve', aDemand(), LONG))).rejects.toEqual(refused('BUSY'));
    const other = of('acme').ask('reserve', aDemand(), LONG);
    await after(20, Promise.resolve());
    expect(await pending(other)).toBe(true);
    await after(10_100, Promise.all([...parked, other]));
    expect(await after(10_100, of('flood').ask('reserve', aDemand(), LONG))).toMatchObject({ jobs: [] });
  });
});

describe('find', () => {
  const payload = new Uint8Array(200 * 1024);

  test('of more than 512 KiB is refused whole, saying how many fit, and those come complete', async () => {
    const { of, memory, after } = await setup();
    const jobs = someJobs(3, 'acme', { payload });
    await memory.enqueue(jobs);
    const ids = jobs.map(({ id }) => id);
    const asked = of('acme').ask('find', { ids, payload: true }, LONG);
    await expect(after(20, asked)).rejects.toEqual(refused('BATCH_TOO_LARGE', { ids: 2 }));
    const reply = await after(20, of('acme').ask('find', { ids: ids.slice(0, 2), payload: true }, LONG));
    expect(reply.jobs.map((job) => job?.payload?.length)).toEqual([payload.length, payload.length]);
  });

  test('reads little more than fits', async () => {
    const { of, memory, tap, after } = await setup();
    const jobs = someJobs(40, 'acme', { payload });
    await memory.enqueue(jobs);
    const asked = of('acme').ask('find', { ids: jobs.map(({ id }) => id), payload: true }, LONG);
    await expect(after(20, asked)).rejects.toEqual(refused('BATCH_TOO_LARGE', { ids: 2 }));
    expect(tap.calls.get('find')).toBe(1);
  });

  test('answers a repeated id at each of its places, and asks the storage once', async () => {
    const { of, memory, tap, after } = await setup();
    const jobs = someJobs(20, 'acme');
    await memory.enqueue(jobs);
    const ids = ['nowhere', ...jobs, ...jobs, 'nowhere'].map((job) => (typeof job === 'string' ? job : job.id));
    const reply = await after(20, of('acme').ask('find', { ids, payload: false }, LONG));
    expect(reply.jobs.map((job) => job?.id ?? 'nowhere')).toEqual(ids);
    expect(tap.calls.get('find')).toBe(2);
  });

  test('of one job answers with its payload and result, however large both are', async () => {
    const { of, memory, after } = await setup({ bounds: { payloadBytes: LIMITS.payloadMostBytes } });
    const job = aJob('acme', { payload: new Uint8Array(LIMITS.payloadMostBytes) });
    await memory.enqueue([job]);
    const [leased] = (await after(20, of('acme').ask('reserve', aDemand(), LONG))).jobs;
    const { tenant, id, token } = leased!;
    const settlements = [{ tenant, id, token, outcome: 'ack' as const, result: new Uint8Array(LIMITS.resultBytes) }];
    await after(20, of('acme').ask('settle', { settlements }, LONG));
    const reply = await after(20, of('acme').ask('find', { ids: [id], payload: true }, LONG));
    expect(reply.jobs).toMatchObject([{ state: 'completed' }]);
    expect(reply.jobs[0]?.result?.length).toBe(LIMITS.resultBytes);
  });
});

import { type EnqueueBatch, LIMITS, type NewJob, packAcks, packBatch, type QueueSettings } from '@tiercel/protocol';
import { describe, expect, test } from 'vitest';
import { aDemand, aJob, LONG, type Scene, setup, someJobs } from './setup.test.kit.js';

const DAY_MS = 86_400_000;
const refused = (code: string, facts: object = {}) => expect.objectContaining({ code, facts: expect.objectContaining(facts) });

const FORMS: [form: string, of: (jobs: readonly NewJob[]) => EnqueueBatch][] = [
  ['in a list', (jobs) => ({ jobs })],
  ['packed', (jobs) => ({ jobs: [], packed: packBatch(jobs) })],
  ['in a list and packed', ([first, ...others]) => ({ jobs: [first!], packed: packBatch(others) })],
];

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

  test.each(FORMS)(
    'refuses a payload over 256 KiB alone and stores the others, verdicts in the order of the jobs: %s',
    async (_, batch) => {
      const { of, memory, after } = await setup();
      const jobs = [aJob('acme'), aJob('acme', { payload: new Uint8Array(256 * 1024 + 1) }), aJob('acme')];
      const { verdicts } = await after(20, of('acme').ask('enqueue', batch(jobs), LONG));
      expect(verdicts.map(({ code }) => code)).toEqual(['OK', 'PAYLOAD_TOO_LARGE', 'OK']);
      const ids = jobs.map(({ id }) => id);
      expect((await memory.find('acme', ids, { payload: false })).map((job) => job?.state)).toEqual(['ready', undefined, 'ready']);
    },
  );

  test('says the lesser of what the storage survived before and after the job was stored', async () => {
    for (const [before, after] of [
      ['power-loss', 'process-crash'],
      ['process-crash', 'power-loss'],
    ] as const) {
      const scene = await setup();
      scene.tap.answerMs = 500;
      scene.tap.status = { durability: before };
      const asked = scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, LONG);
      await scene.kit.advance(200);
      scene.tap.status = { durability: after };
      expect(await scene.after(400, asked)).toMatchObject({ durability: 'process-crash' });
    }
  });

  test('refuses alone a job for a time and a delay, or for a time over a year ahead', async () => {
    const { kit, of, memory, after } = await setup();
    const nowMs = kit.clock.now();
    const jobs = [
      aJob('acme', { atMs: nowMs + 1_000, delayMs: 1 }),
      aJob('acme', { atMs: nowMs + 368 * DAY_MS }),
      aJob('acme', { atMs: nowMs + 366 * DAY_MS }),
    ];
    const { verdicts } = await after(20, of('acme').ask('enqueue', { jobs }, LONG));
    expect(verdicts.map(({ code }) => code)).toEqual(['BAD_OPTION', 'BAD_OPTION', 'OK']);
    expect(await memory.queues('acme')).toMatchObject([{ ready: 0, scheduled: 1 }]);
  });

  test('is refused to the pool, which serves jobs and makes none', async () => {
    const { pool, after } = await setup();
    await expect(after(20, pool.ask('enqueue', { jobs: [aJob('acme')] }, LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
  });

  test.each(FORMS)('on a subject that names another queue is refused whole: %s', async (_, batch) => {
    const { of, memory, after } = await setup();
    const jobs = [aJob('acme', { queue: 'mail' }), aJob('acme', { queue: 'secret' })];
    const asked = of('acme').ask('enqueue', batch(jobs), { ...LONG, topic: 'mail' });
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

describe('a subject that names a queue', () => {
  const set = { paused: true };
  test.each([
    ['list', { state: 'ready', queue: 'secret', cursor: '', limit: 1, payload: true }],
    ['list', { state: 'ready', queue: '', cursor: '', limit: 1, payload: true }],
    ['control', { queue: 'secret', set, clear: [] }],
    ['control', { queue: '', set, clear: [] }],
    ['purge', { queue: 'secret', states: ['ready'], limit: 1 }],
    ['purge', { queue: '', states: ['quarantined'], limit: 1 }],
  ] as const)('speaks for that one only: %s %j', async (verb, body) => {
    const { of, memory, after } = await setup();
    await memory.enqueue([aJob('acme', { queue: 'secret' })]);
    const asked = of('acme').ask(verb, body as never, { ...LONG, topic: 'mail' });
    await expect(after(20, asked)).rejects.toEqual(refused('BAD_MESSAGE'));
    expect(await memory.queues('acme')).toMatchObject([{ queue: 'secret', ready: 1, paused: false }]);
    await after(20, of('acme').ask(verb, body as never, { ...LONG, topic: '_any' }));
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
    const acks = packAcks(settlements);
    await expect(after(20, of('acme').ask('settle', { settlements: [], acks }, LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
    await expect(after(20, of('acme').ask('reserve', aDemand({ acks }), LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
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

  test.each([
    ['list', { state: 'ready', queue: '', cursor: '', limit: 1, payload: true }],
    ['control', { queue: '', set: { paused: true }, clear: [] }],
    ['settings', {}],
    ['purge', { queue: 'mail', states: ['ready'], limit: 1 }],
    ['counters', {}],
    ['quarantined', { cursor: '', limit: 1 }],
    ['queues', {}],
  ] as const)('%s is not for the pool', async (verb, body) => {
    const { pool, memory, after } = await setup();
    await memory.enqueue([aJob('acme')]);
    await expect(after(20, pool.ask(verb, body as never, LONG))).rejects.toEqual(refused('FOREIGN_TENANT'));
    expect(await memory.queues('acme')).toMatchObject([{ ready: 1, paused: false }]);
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

describe('a list', () => {
  const payload = new Uint8Array(200 * 1024);
  /** All pages of a state, as numbers of jobs and the ids in order. */
  async function paged({ of, after }: Scene, limit: number) {
    const ids: string[] = [];
    const pages: number[] = [];
    for (let cursor = ''; ; ) {
      const query = { state: 'ready', queue: 'mail', cursor, limit, payload: true } as const;
      const page = await after(20, of('acme').ask('list', query, LONG));
      ids.push(...page.jobs.map(({ id }) => id));
      pages.push(page.jobs.length);
      if (page.cursor === '') return { ids, pages };
      cursor = page.cursor;
    }
  }

  test('of jobs too large for one reply comes in pages of what fits, each job once and in order', async () => {
    const scene = await setup();
    const jobs = someJobs(11, 'acme', { payload });
    await scene.memory.enqueue(jobs);
    expect(await paged(scene, 100)).toEqual({ ids: jobs.map(({ id }) => id), pages: [2, 2, 2, 2, 2, 1] });
    expect(scene.tap.calls.get('list')).toBeLessThanOrEqual(6 * 3);
  });

  test('of small ones keeps its limit', async () => {
    const scene = await setup();
    const jobs = someJobs(11, 'acme');
    await scene.memory.enqueue(jobs);
    expect(await paged(scene, 5)).toEqual({ ids: jobs.map(({ id }) => id), pages: [5, 5, 1] });
  });

  test('of results too large for one reply does so too', async () => {
    const scene = await setup();
    await scene.memory.enqueue(someJobs(20, 'acme'));
    const { jobs } = await scene.after(20, scene.of('acme').ask('reserve', aDemand({ max: 20 }), LONG));
    const ack = { outcome: 'ack' as const, result: new Uint8Array(LIMITS.resultBytes) };
    const settlements = jobs.map(({ tenant, id, token }) => ({ tenant, id, token, ...ack }));
    for (const each of settlements) await scene.after(20, scene.of('acme').ask('settle', { settlements: [each] }, LONG));
    const query = { state: 'completed', queue: '', limit: 100, payload: true } as const;
    const first = await scene.after(20, scene.of('acme').ask('list', { ...query, cursor: '' }, LONG));
    expect(first.jobs).toHaveLength(8);
    const rest = await scene.after(20, scene.of('acme').ask('list', { ...query, cursor: first.cursor }, LONG));
    expect([...first.jobs, ...rest.jobs].map(({ id }) => id)).toEqual(jobs.slice(0, 16).map(({ id }) => id));
  });

  test('of quarantined records comes in pages too, until they are purged', async () => {
    const scene = await setup();
    await scene.memory.enqueue(someJobs(5, 'acme', { payload }));
    for (let buried = 0; buried < 5; ) {
      const { jobs } = await scene.after(20, scene.of('acme').ask('reserve', aDemand({ max: 5 }), LONG));
      const settlements = jobs.map(({ tenant, id, token }) => {
        return { tenant, id, token, outcome: 'bury' as const, reason: 'CORRUPT', corrupt: true };
      });
      await scene.after(20, scene.of('acme').ask('settle', { settlements }, LONG));
      buried += jobs.length;
    }
    const ids: string[] = [];
    let cursor = '';
    do {
      const page = await scene.after(20, scene.of('acme').ask('quarantined', { cursor, limit: 100 }, LONG));
      expect(page.records.length).toBeLessThanOrEqual(2);
      ids.push(...page.records.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== '');
    expect(new Set(ids).size).toBe(5);
    const purge = { queue: '', states: ['quarantined'], limit: 1_000 } as const;
    expect(await scene.after(20, scene.of('acme').ask('purge', purge, LONG))).toEqual({ removed: 5, more: false });
  });
});

describe('settings', () => {
  const control = ({ of, after }: Scene, queue: string, set: QueueSettings) =>
    after(20, of('acme').ask('control', { queue, set, clear: [] }, LONG));

  test('hold for the next job, and are told as they were set', async () => {
    const scene = await setup();
    await control(scene, 'mail', { maxItems: 1 });
    await control(scene, '', { attempts: 3 });
    const { verdicts } = await scene.after(20, scene.of('acme').ask('enqueue', { jobs: someJobs(2, 'acme') }, LONG));
    expect(verdicts.map(({ code }) => code)).toEqual(['OK', 'QUEUE_FULL']);
    expect(await scene.after(20, scene.of('acme').ask('settings', {}, LONG))).toEqual({
      settings: [
        { queue: '', settings: { attempts: 3 } },
        { queue: 'mail', settings: { maxItems: 1 } },
      ],
    });
  });

  test('of 1,000 queues of a tenant are kept, one more is refused; those that have some may change them', async () => {
    const scene = await setup();
    for (let at = 0; at < LIMITS.queuesSet; at++)
      await scene.memory.control('acme', `queue-${at}`, { set: { attempts: 1, expireTo: 'x'.repeat(63) }, clear: [] });
    await expect(control(scene, 'one-more', { attempts: 1 })).rejects.toEqual(refused('BAD_OPTION', { option: 'queue' }));
    await control(scene, 'queue-7', { attempts: 2 });
    await control(scene, '', { attempts: 2 });
    const { settings } = await scene.after(20, scene.of('acme').ask('settings', {}, LONG));
    expect(settings).toHaveLength(LIMITS.queuesSet + 1);
  });

  test('do not send what expires to where it expires', async () => {
    const scene = await setup();
    await expect(control(scene, 'mail', { expireTo: 'mail' })).rejects.toEqual(refused('BAD_OPTION', { option: 'expireTo' }));
  });

  test('name as many queues in fan-outs as a reply has room for, and never a queue in its own', async () => {
    const scene = await setup();
    const names = (of: string) => Array.from({ length: LIMITS.fanoutQueues }, (_, at) => `${of}-${at}`.padEnd(63, 'x')).join(',');
    const most = LIMITS.fanoutsOfTenant / LIMITS.fanoutQueues;
    for (let at = 0; at < most; at++)
      await scene.memory.control('acme', `queue-${at}`, { set: { fanout: names(`${at}`), expireTo: 'x'.repeat(63) }, clear: [] });

    await expect(control(scene, 'one-more', { fanout: 'audit' })).rejects.toEqual(refused('BAD_OPTION', { option: 'fanout' }));
    await expect(control(scene, '', { fanout: 'audit' })).rejects.toEqual(refused('BAD_OPTION', { option: 'fanout' }));
    await expect(control(scene, 'mail', { fanout: 'audit,mail' })).rejects.toEqual(refused('BAD_OPTION', { option: 'fanout' }));
    await control(scene, 'queue-7', { fanout: 'audit' });
    await control(scene, 'one-more', { fanout: 'audit,mirror' });
    await control(scene, 'full', { maxAborts: 3 });
    const { settings } = await scene.after(20, scene.of('acme').ask('settings', {}, LONG));
    expect(settings).toHaveLength(most + 2);
  });

  test('counters are the tenant’s own', async () => {
    const scene = await setup();
    await scene.memory.enqueue([...someJobs(3, 'acme'), ...someJobs(2, 'umbrella')]);
    const { counters } = await scene.after(20, scene.of('acme').ask('counters', {}, LONG));
    expect(counters).toMatchObject([{ queue: 'mail', name: 'Send', enqueued: 3, started: 0 }]);
  });
});

describe('who observes the front desk', () => {
  test('is told of every refusal, of a request and of one job of a batch, and that nothing stays under way', async () => {
    const codes: string[] = [];
    const underWay: number[] = [];
    const observe = { refused: (code: string) => codes.push(code), underWay: (change: number) => underWay.push(change) };
    const { of, pool, tap, after } = await setup({ observe });
    const jobs = [aJob('acme'), aJob('acme', { payload: new Uint8Array(256 * 1024 + 1) })];

    await after(20, of('acme').ask('enqueue', { jobs }, LONG));
    await after(20, of('acme').ask('enqueue', { jobs: [aJob('acme', { delayMs: 5 })] }, LONG));
    await after(
      20,
      pool.ask('queues', {}, LONG).catch(() => {}),
    );
    tap.failing.add('queues');
    await after(
      20,
      of('acme')
        .ask('queues', {}, LONG)
        .catch(() => {}),
    );

    expect(codes).toEqual(['PAYLOAD_TOO_LARGE', 'FOREIGN_TENANT', 'STORAGE_UNAVAILABLE']);
    expect(underWay).toEqual([1, -1, 1, -1, 1, -1, 1, -1]);
  });
});

import { AS_QUEUE, checksumOf, decodeData, encodeData, LIMITS, TiercelError } from '@tiercel/protocol';
import { describe, expect, test } from 'vitest';
import { HELLO, setup, thrown } from './setup.test.kit.js';

const many = (count: number, told: object = {}) => Array.from({ length: count }, () => ({ ...HELLO, ...told }));

describe('one call', () => {
  test('sends a whole job: defaults filled in, data encoded, checksum made', async () => {
    const { client, batches, after } = await setup();

    const enqueued = await after(10, client.tenant('acme').enqueue({ ...HELLO, delay: '5s', priority: 0, attempts: 0, ttl: '1m' }));

    const job = batches[0]!.jobs[0]!;
    expect(enqueued).toEqual({ id: job.id, state: 'ready', duplicate: false, durability: 'memory' });
    expect(job.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(job).toMatchObject({ generated: true, queue: 'mail', name: 'HelloWorld', encoding: 'msgpack' });
    expect(job).toMatchObject({ delayMs: 5_000, atMs: 0, priority: 0, attempts: 0, timeoutMs: 900_000, ttlMs: 60_000 });
    expect(decodeData(job.payload)).toEqual({ foo: 'bar' });
    expect(job.checksum).toBe(checksumOf({ ...job, tenant: 'acme' }));
  });

  test('with an id of its own that the broker knows already is no error', async () => {
    const { client, batches, after } = await setup({
      enqueue: () => ({ verdicts: [{ code: 'DUPLICATE', state: 'completed' }], durability: 'power-loss' }),
    });

    expect(await after(10, client.tenant('acme').enqueue({ ...HELLO, id: 'order:17' }))).toEqual({
      ...{ id: 'order:17', state: 'completed', duplicate: true, durability: 'power-loss' },
    });
    expect(batches[0]!.jobs[0]!.generated).toBe(false);
  });

  test('carries bytes that are encoded already as they are', async () => {
    const { client, batches, after } = await setup();
    await after(10, client.tenant('acme').enqueue({ ...HELLO, data: Buffer.from('{"a":1}'), encoding: 'json' }));
    expect(batches[0]!.jobs[0]).toMatchObject({ encoding: 'json', payload: Uint8Array.from(Buffer.from('{"a":1}')) });
  });

  test('may say a time instead of a delay, as a date or in milliseconds; one that has passed is now', async () => {
    const { kit, client, batches, after } = await setup();
    const atMs = kit.clock.now() + LIMITS.delayMs;
    const acme = client.tenant('acme');
    const calls = [new Date(atMs), atMs - 0.4, new Date(1), -1].map((at) => acme.enqueue({ ...HELLO, at }));
    await after(10, Promise.all(calls));
    expect(batches[0]!.jobs.map((job) => [job.atMs, job.delayMs])).toEqual([
      [atMs, 0],
      [atMs, 0],
      [1, 0],
      [0, 0],
    ]);
  });

  test('leaves attempts and lease to the queue when it says nothing of them', async () => {
    const { client, batches, after } = await setup();
    const acme = client.tenant('acme');
    await after(10, Promise.all([acme.enqueue(HELLO), acme.enqueue({ ...HELLO, attempts: 5, lease: '30s' })]));
    expect(batches[0]!.jobs.map(({ attempts, leaseMs }) => [attempts, leaseMs])).toEqual([
      [AS_QUEUE, AS_QUEUE],
      [5, 30_000],
    ]);
  });

  test('may ask for a lease that never ends by itself; one too short is a second', async () => {
    const { client, batches, after } = await setup();
    const acme = client.tenant('acme');
    await after(10, Promise.all((['never', 0, 1, '2s'] as const).map((lease) => acme.enqueue({ ...HELLO, lease }))));
    expect(batches[0]!.jobs.map(({ leaseMs }) => leaseMs)).toEqual([0, 0, 1_000, 2_000]);
  });

  test.each([
    [{ queue: 'a.b' }, 'BAD_NAME'],
    [{ queue: '*' }, 'BAD_NAME'],
    [{ name: 'with blank' }, 'BAD_NAME'],
    [{ id: '' }, 'BAD_NAME'],
    [{ data: () => {} }, 'BAD_DATA'],
    [{ data: 'text', encoding: 'json' as const }, 'BAD_DATA'],
    [{ data: new Uint8Array(LIMITS.payloadMostBytes) }, 'PAYLOAD_TOO_LARGE'],
    [{ data: new Uint8Array(LIMITS.payloadMostBytes + 1), encoding: 'raw' as const }, 'PAYLOAD_TOO_LARGE'],
    [{ delay: '367d' as const }, 'BAD_OPTION'],
    [{ delay: -1 }, 'BAD_OPTION'],
    [{ at: new Date(Number.NaN) }, 'BAD_OPTION'],
    [{ at: 2 ** 47 }, 'BAD_OPTION'],
    [{ at: '2026-01-01' as unknown as Date }, 'BAD_OPTION'],
    [{ at: 1, delay: 0 }, 'BAD_OPTION'],
    [{ lease: 'forever' as 'never' }, 'BAD_OPTION'],
    [{ priority: 10 }, 'BAD_OPTION'],
    [{ priority: 0.5 }, 'BAD_OPTION'],
    [{ attempts: 65_536 }, 'BAD_OPTION'],
    [{ backoff: { max: '2d' as const } }, 'BAD_OPTION'],
  ])('%j is refused before anything is sent: %s', async (told, code) => {
    const { client, batches, after } = await setup();
    await expect(after(1_000, client.tenant('acme').enqueue({ ...HELLO, ...told }))).rejects.toEqual(thrown(code));
    expect(batches).toEqual([]);
  });

  test('for a tenant that is none is refused', async () => {
    const { client } = await setup();
    for (const name of ['', '_pool', '_sys', 'a.b', '*']) expect(() => client.tenant(name)).toThrow(thrown('BAD_NAME'));
  });
});

describe('many calls', () => {
  test('of one turn are one message', async () => {
    const { client, batches, after } = await setup();
    await after(10, Promise.all(many(100).map((each) => client.tenant('acme').enqueue(each))));
    expect(batches.map(({ jobs }) => jobs.length)).toEqual([100]);
  });

  test('answer each its own', async () => {
    const { client, after } = await setup({
      enqueue: ({ jobs }) => ({
        verdicts: jobs.map(({ id }) => ({ code: id === 'b' ? 'DUPLICATE' : 'OK', state: id === 'b' ? 'dead' : 'ready' })),
        durability: 'memory',
      }),
    });
    const answers = await after(10, Promise.all(['a', 'b', 'c'].map((id) => client.tenant('acme').enqueue({ ...HELLO, id }))));
    expect(answers.map(({ id, state, duplicate }) => [id, state, duplicate])).toEqual([
      ['a', 'ready', false],
      ['b', 'dead', true],
      ['c', 'ready', false],
    ]);
  });

  test('are split at 500', async () => {
    const { client, batches, after } = await setup();
    await after(100, client.tenant('acme').enqueueMany(many(1_201)));
    expect(batches.map(({ jobs }) => jobs.length).sort((a, b) => a - b)).toEqual([201, 500, 500]);
  });

  test('are split before 512 KiB, whatever the payloads', async () => {
    const { client, batches, after } = await setup();
    const data = new Uint8Array(100_000);
    const results = await after(100, client.tenant('acme').enqueueMany(many(12, { data })));
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(Math.max(...batches.map(({ jobs }) => jobs.length))).toBe(5);
    expect(batches.flatMap(({ jobs }) => jobs)).toHaveLength(12);
  });

  test('two of the largest payloads do not share a message', async () => {
    const { client, batches, after } = await setup();
    const data = new Uint8Array(LIMITS.payloadMostBytes - 5);
    await after(100, Promise.all(many(2, { data }).map((each) => client.tenant('acme').enqueue(each))));
    expect(batches.map(({ jobs }) => jobs.length)).toEqual([1, 1]);
  });

  test('go on the subject of their queue, or on none when they differ', async () => {
    const { client, batches, after } = await setup();
    const acme = client.tenant('acme');
    await after(10, Promise.all([acme.enqueue(HELLO), acme.enqueue(HELLO)]));
    await after(10, Promise.all([acme.enqueue(HELLO), acme.enqueue({ ...HELLO, queue: 'other' })]));
    expect(batches.map(({ subject }) => subject)).toEqual(['tiercel.test.acme.enqueue.mail', 'tiercel.test.acme.enqueue._any']);
  });

  test('of two tenants share nothing', async () => {
    const { client, batches, after } = await setup();
    await after(10, Promise.all([client.tenant('acme').enqueue(HELLO), client.tenant('umbrella').enqueue(HELLO)]));
    expect(batches.map(({ subject }) => subject).sort()).toEqual([
      'tiercel.test.acme.enqueue.mail',
      'tiercel.test.umbrella.enqueue.mail',
    ]);
  });

  test('while so many batches are under way gather into one', async () => {
    const { kit, client, batches } = await setup({}, { inFlight: 1 });
    const calls: Promise<unknown>[] = [];
    for (let turn = 0; turn < 20; turn++) {
      calls.push(client.tenant('acme').enqueue(HELLO));
      await Promise.resolve();
    }
    await kit.advance(100);
    await Promise.all(calls);
    expect(batches.map(({ jobs }) => jobs.length)).toEqual([1, 19]);
  });

  test('past 50,000 waiting are refused with BUSY, not kept', async () => {
    const { kit, client } = await setup();
    kit.cut('client', 'broker');
    const calls = client.tenant('acme').enqueueMany(many(50_001));
    client.close();
    await kit.advance(70_000);
    expect((await calls).at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'BUSY' } });
    expect((await calls)[40_000]).toMatchObject({ status: 'rejected', reason: { code: 'STOPPED' } });
  });

  test('one that is refused does not hinder the others', async () => {
    const { client, after } = await setup({
      enqueue: ({ jobs }) => ({
        verdicts: jobs.map(({ id }) => (id === 'b' ? { code: 'DUPLICATE_ID', state: '' } : { code: 'OK', state: 'ready' })),
        durability: 'memory',
      }),
    });
    const requests = [
      { ...HELLO, id: 'a' },
      { ...HELLO, id: 'b' },
      { ...HELLO, id: 'c' },
      { ...HELLO, queue: 'no such.' },
    ];
    const results = await after(10, client.tenant('acme').enqueueMany(requests));
    expect(results).toMatchObject([
      { status: 'fulfilled', value: { id: 'a' } },
      { status: 'rejected', reason: { code: 'DUPLICATE_ID', facts: { id: 'b', queue: 'mail' } } },
      { status: 'fulfilled', value: { id: 'c' } },
      { status: 'rejected', reason: { code: 'BAD_NAME' } },
    ]);
  });

  test('one that the storage can do nothing with is told what that would have to be able to', async () => {
    const { client, after } = await setup({
      enqueue: ({ jobs }) => ({ verdicts: jobs.map(() => ({ code: 'NOT_SUPPORTED', state: '' })), durability: 'unknown' }),
    });
    const requests = [
      { ...HELLO, priority: 1 },
      { ...HELLO, delay: '1m' as const },
    ];
    expect(await after(10, client.tenant('acme').enqueueMany(requests))).toMatchObject([
      { reason: { code: 'NOT_SUPPORTED', facts: { capability: 'priorities' } } },
      { reason: { code: 'NOT_SUPPORTED', facts: { capability: 'delay' } } },
    ]);
  });
});

describe('no answer', () => {
  test('makes it repeat the same jobs with the same ids', async () => {
    let heard = 0;
    const { client, batches, after } = await setup(
      {
        enqueue({ jobs }) {
          if (++heard <= 2) throw new TiercelError('NO_ANSWER');
          return { verdicts: jobs.map(() => ({ code: 'DUPLICATE', state: 'ready' })), durability: 'memory' };
        },
      },
      { askMs: 1_000 },
    );
    const calls = client.tenant('acme').enqueueMany(many(3));
    expect(await after(5_000, calls)).toMatchObject(new Array(3).fill({ status: 'fulfilled', value: { duplicate: true } }));
    const sent = batches.map(({ jobs }) => jobs.map(({ id, checksum }) => [id, checksum]));
    expect(sent).toHaveLength(3);
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[2]).toEqual(sent[0]);
  });

  test('of a wire that is cut is made good when it heals', async () => {
    const { kit, client, batches, after } = await setup();
    kit.cut('client', 'broker');
    const call = client.tenant('acme').enqueue(HELLO);
    await kit.advance(30_000);
    expect(batches).toEqual([]);
    kit.heal();
    expect(await after(10_000, call)).toMatchObject({ state: 'ready' });
  });

  test('for a minute makes it give up, within the time of one more request', async () => {
    const { kit, client } = await setup();
    kit.cut('client', 'broker');
    let ended: unknown;
    client
      .tenant('acme')
      .enqueue(HELLO)
      .catch((error: unknown) => {
        ended = error;
      });
    await kit.advance(LIMITS.retryHorizonMs - 8_000);
    expect(ended).toBeUndefined();
    await kit.advance(13_000);
    expect(ended).toEqual(thrown('NO_ANSWER'));
  });

  test('because nobody serves is UNREACHABLE, and repeated as well', async () => {
    const { kit, client, after } = await setup();
    kit.kill('broker');
    await expect(after(65_000, client.tenant('acme').enqueue(HELLO))).rejects.toEqual(thrown('UNREACHABLE'));
  });

  test('is told as what it was to who waits for less', async () => {
    const full = () => Promise.reject(new TiercelError('STORAGE_FULL'));
    const { client, after } = await setup({ enqueue: full }, { retryForMs: 4_000 });
    await expect(after(4_000, client.tenant('acme').enqueue(HELLO))).rejects.toEqual(thrown('STORAGE_FULL'));
  });

  test('BUSY is waited out as long as it says, and no less', async () => {
    const at: number[] = [];
    const { kit, client, after } = await setup({
      enqueue({ jobs }) {
        at.push(kit.clock.monotonic());
        if (at.length < 5) throw new TiercelError('BUSY', { retryAfterMs: 700 });
        return { verdicts: jobs.map(() => ({ code: 'OK', state: 'ready' })), durability: 'memory' };
      },
    });
    await after(10_000, client.tenant('acme').enqueue(HELLO));
    const waits = at.slice(1).map((time, place) => time - at[place]!);
    expect(waits).toHaveLength(4);
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(700);
  });

  test.each(['STORAGE_UNFIT', 'FOREIGN_TENANT', 'BAD_MESSAGE', 'ACCESS_DENIED'] as const)('%s is not repeated', async (code) => {
    let heard = 0;
    const { client, after } = await setup({
      enqueue() {
        heard++;
        throw new TiercelError(code);
      },
    });
    await expect(after(10_000, client.tenant('acme').enqueue(HELLO))).rejects.toEqual(thrown(code));
    expect(heard).toBe(1);
  });

  test('an answer with verdicts missing is BAD_MESSAGE for all, not a promise that never settles', async () => {
    const { client, after } = await setup({ enqueue: () => ({ verdicts: [], durability: 'memory' }) });
    const results = await after(10_000, client.tenant('acme').enqueueMany(many(2)));
    expect(results).toMatchObject(new Array(2).fill({ status: 'rejected', reason: { code: 'BAD_MESSAGE' } }));
  });
});

describe('close', () => {
  test('refuses what comes, lets the batch under way have its answer', async () => {
    const { client, after } = await setup();
    const acme = client.tenant('acme');
    const underWay = acme.enqueue(HELLO);
    await Promise.resolve();
    client.close();
    await expect(acme.enqueue(HELLO)).rejects.toEqual(thrown('STOPPED'));
    expect(await after(10, underWay)).toMatchObject({ state: 'ready' });
  });

  test('refuses what waits behind the batches under way', async () => {
    const { kit, client } = await setup({}, { inFlight: 1 });
    const acme = client.tenant('acme');
    const first = acme.enqueue(HELLO);
    await Promise.resolve();
    const second = acme.enqueue(HELLO);
    client.close();
    await expect(second).rejects.toEqual(thrown('STOPPED'));
    await kit.advance(10);
    await first;
  });

  test('ends the repeating', async () => {
    const { kit, client, batches, after } = await setup({
      enqueue() {
        throw new TiercelError('BUSY', { retryAfterMs: 1_000 });
      },
    });
    const call = client.tenant('acme').enqueue(HELLO);
    call.catch(() => {});
    await kit.advance(100);
    client.close();
    await expect(after(5_000, call)).rejects.toEqual(thrown('BUSY'));
    expect(batches).toHaveLength(1);
  });
});

test('data and checksum do not change while a call waits', async () => {
  const { client, batches, after } = await setup();
  const data = { list: [1] };
  const call = client.tenant('acme').enqueue({ ...HELLO, data });
  data.list.push(2);
  await after(10, call);
  expect(batches[0]!.jobs[0]!.payload).toEqual(Uint8Array.from(encodeData({ list: [1] })));
});

import { TiercelError } from '@tiercel/protocol';
import { describe, expect, test } from 'vitest';
import { aView, setup, thrown } from './setup.test.kit.js';

describe('find', () => {
  test('joins calls of one turn, at most 100 a message, and answers null for what is not there', async () => {
    const asked: number[] = [];
    const { client, after } = await setup({
      find({ ids }) {
        asked.push(ids.length);
        return { jobs: ids.map((id) => (id === 'job-7' ? aView({ id }) : null)) };
      },
    });
    const ids = Array.from({ length: 150 }, (_, at) => `job-${at}`);
    const found = await after(50, Promise.all(ids.map((id) => client.tenant('acme').find(id))));
    expect(found.filter((job) => job !== null)).toEqual([aView({ id: 'job-7' })]);
    expect(asked.sort((a, b) => a - b)).toEqual([50, 100]);
  });

  test('asks in halves for what one reply does not carry, and gives each its own job', async () => {
    const asked: number[] = [];
    const { client, after } = await setup({
      find({ ids }) {
        asked.push(ids.length);
        if (ids.length > 3) throw new TiercelError('BATCH_TOO_LARGE', { ids: 3 });
        return { jobs: ids.map((id) => aView({ id })) };
      },
    });
    const ids = Array.from({ length: 11 }, (_, at) => `job-${at}`);
    const found = await after(50, Promise.all(ids.map((id) => client.tenant('acme').find(id))));
    expect(found.map((job) => job?.id)).toEqual(ids);
    expect(asked).toEqual([11, 6, 3, 3, 5, 3, 2]);
  });

  test('of one job that is refused as too large says so', async () => {
    const { client, after } = await setup({
      find() {
        throw new TiercelError('BATCH_TOO_LARGE');
      },
    });
    await expect(after(50, client.tenant('acme').find('job-1'))).rejects.toEqual(thrown('BATCH_TOO_LARGE'));
  });

  test('refuses an id that is none before anything is sent', async () => {
    const { client } = await setup();
    await expect(async () => client.tenant('acme').find('a b')).rejects.toEqual(thrown('BAD_NAME'));
  });
});

describe('the other verbs', () => {
  test('pass on what they are asked and answered', async () => {
    const asked: unknown[] = [];
    const { client, after } = await setup({
      find(query) {
        asked.push(query);
        return { jobs: [aView({ payload: Uint8Array.of(120) })] };
      },
      list(query) {
        asked.push(query);
        return { jobs: [aView({ state: 'dead' })], cursor: 'next' };
      },
      cancel({ ids }) {
        asked.push(ids);
        return { verdicts: [{ code: 'OK', state: 'cancelled' }] };
      },
      revive({ ids }) {
        asked.push(ids);
        return { verdicts: [{ code: 'WRONG_STATE', state: 'ready' }] };
      },
      queues: () => ({
        queues: [{ queue: 'mail', ready: 1, scheduled: 2, leased: 3, dead: 4, finished: 5, bytes: 0, oldestMs: 0, paused: false }],
      }),
    });
    const acme = client.tenant('acme');
    expect(await after(10, acme.inspect('job-1'))).toEqual(aView({ payload: Uint8Array.of(120) }));
    expect(await after(10, acme.dead())).toEqual({ jobs: [aView({ state: 'dead' })], cursor: 'next' });
    expect(await after(10, acme.dead({ queue: 'mail', cursor: 'c', limit: 5 }))).toMatchObject({ cursor: 'next' });
    expect(await after(10, acme.cancel(['a']))).toEqual([{ code: 'OK', state: 'cancelled' }]);
    expect(await after(10, acme.revive(['b']))).toEqual([{ code: 'WRONG_STATE', state: 'ready' }]);
    expect(await after(10, acme.queues())).toEqual([
      { queue: 'mail', ready: 1, scheduled: 2, leased: 3, dead: 4, finished: 5, bytes: 0, oldestMs: 0, paused: false },
    ]);
    expect(asked).toEqual([
      { ids: ['job-1'], payload: true },
      { state: 'dead', queue: '', cursor: '', limit: 100, payload: false },
      { state: 'dead', queue: 'mail', cursor: 'c', limit: 5, payload: false },
      ['a'],
      ['b'],
    ]);
  });

  test('throw errors that say whether they may be repeated', async () => {
    const { kit, client, after } = await setup();
    kit.cut('client', 'broker');
    const acme = client.tenant('acme');
    for (const call of [
      () => acme.cancel(['a']),
      () => acme.revive(['a']),
      () => acme.dead(),
      () => acme.queues(),
      () => acme.inspect('a'),
      () => acme.purge({ queue: 'mail' }),
      () => acme.pause(),
      () => acme.counters(),
    ]) {
      const error = await after<unknown>(5_000, call()).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TiercelError);
      expect(error).toMatchObject({ code: 'NO_ANSWER', retryable: true });
    }
  });
});

describe('wait', () => {
  const changing = (finalAtMs: number) =>
    setup({ find: ({ ids }) => ({ jobs: ids.map((id) => aView({ id, state: now() < finalAtMs ? 'leased' : 'completed' })) }) });
  let now = () => 0;

  test('returns the job soon after it is final', async () => {
    const { kit, client, after } = await changing(3_000);
    now = () => kit.clock.monotonic();
    const waiting = client.tenant('acme').wait('job-1', { timeoutMs: 10_000 });
    expect(await after(3_000 + 1_300, waiting)).toMatchObject({ id: 'job-1', state: 'completed' });
  });

  test('looks less and less often, at least once in 1.2 s', async () => {
    let looks = 0;
    const { client, after } = await setup({
      find() {
        looks++;
        return { jobs: [aView()] };
      },
    });
    await expect(after(60_000, client.tenant('acme').wait('job-1', { timeoutMs: 60_000 }))).rejects.toEqual(thrown('NO_ANSWER'));
    expect(looks).toBeGreaterThan(50);
    expect(looks).toBeLessThan(85);
  });

  test.each(['dead', 'cancelled', 'expired'] as const)('%s is final too', async (state) => {
    const { client, after } = await setup({ find: () => ({ jobs: [aView({ state })] }) });
    expect(await after(10, client.tenant('acme').wait('job-1', { timeoutMs: 1_000 }))).toMatchObject({ state });
  });

  test('throws NOT_FOUND when there is no such job', async () => {
    const { client, after } = await setup();
    const waiting = client.tenant('acme').wait('job-1', { timeoutMs: 1_000 });
    await expect(after(10, waiting)).rejects.toEqual(thrown('NOT_FOUND', { id: 'job-1' }));
  });

  test('throws NO_ANSWER when its time is over, and not before', async () => {
    const { kit, client, after } = await setup({ find: () => ({ jobs: [aView()] }) });
    let ended = false;
    const waiting = client.tenant('acme').wait('job-1', { timeoutMs: 5_000 });
    waiting.catch(() => {
      ended = true;
    });
    await kit.advance(4_990);
    expect(ended).toBe(false);
    await expect(after(10, waiting)).rejects.toEqual(thrown('NO_ANSWER', { id: 'job-1', waitedMs: 5_000 }));
  });

  test('keeps its time also when no broker answers', async () => {
    const { kit, client, after } = await setup();
    kit.cut('client', 'broker');
    await expect(after(1_000, client.tenant('acme').wait('job-1', { timeoutMs: 1_000 }))).rejects.toEqual(thrown('NO_ANSWER'));
  });

  test('throws ABORTED at once when its signal aborts', async () => {
    const { kit, client, after } = await setup({ find: () => ({ jobs: [aView()] }) });
    const gaveUp = new AbortController();
    const waiting = client.tenant('acme').wait('job-1', { timeoutMs: 60_000, signal: gaveUp.signal });
    waiting.catch(() => {});
    await kit.advance(20_000);
    gaveUp.abort();
    await expect(after(0, waiting)).rejects.toEqual(thrown('ABORTED', { id: 'job-1' }));
  });

  test('leaves nothing behind: no timer and no listener', async () => {
    const { kit, client, after } = await setup({ find: () => ({ jobs: [aView({ state: 'completed' })] }) });
    const { signal } = new AbortController();
    await after(10, client.tenant('acme').wait('job-1', { timeoutMs: 60_000, signal }));
    expect(kit.clock.pending).toBe(0);
  });
});

import { LIMITS } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';

const FULL = { code: 'QUEUE_FULL', state: '' };
const OK = { code: 'OK', state: 'ready' };
const sized = (id: string, bytes: number, told: object = {}) =>
  aJob({ id, payload: new Uint8Array(bytes), encoding: 'raw', ...told });

export function limitsRules({ setup, needing }: Kit): void {
  const rule = needing('limits');

  rule('a queue takes as many jobs as may wait, ready or scheduled, and leaves no trace of the others', async () => {
    const { store, control, look, queue } = await setup();
    await control({ maxItems: 2 });

    const verdicts = await store.enqueue([aJob({ id: 'a', delayMs: 60 }), ...someJobs(['b', 'c', 'd'])]);

    expect(verdicts).toEqual([{ code: 'OK', state: 'scheduled' }, OK, FULL, FULL]);
    expect(await look('c')).toBeNull();
    expect(await queue()).toMatchObject({ ready: 1, scheduled: 1 });
    expect(await store.enqueue([aJob({ id: 'c', queue: 'other' })])).toEqual([OK]);
  });

  rule('what is leased or over does not wait, so others may come', async () => {
    const { store, control, reserveOne, ack } = await setup({ jobs: someJobs(['a', 'b']) });
    await control({ maxItems: 2 });
    expect(await store.enqueue([aJob({ id: 'c' })])).toEqual([FULL]);

    await ack(await reserveOne());
    await reserveOne();

    expect(await store.enqueue(someJobs(['c', 'd', 'e']))).toEqual([OK, OK, FULL]);
  });

  rule('a job that comes back is never refused, and counts', async () => {
    const { store, control, reserveOne, release, bury, queue } = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    const [a, b] = [await reserveOne(), await reserveOne()];
    await control({ maxItems: 1 });

    expect(await release(a)).toBe('OK');
    await bury(b);
    expect(await store.revive(TENANT, ['b'])).toEqual([OK]);

    expect(await queue()).toMatchObject({ ready: 3 });
    expect(await store.enqueue([aJob({ id: 'd' })])).toEqual([FULL]);
  });

  rule('a queue takes as many payload bytes as may wait', async () => {
    const { store, control, queue } = await setup();
    await control({ maxBytes: 100 });

    expect(await store.enqueue([sized('a', 60), sized('b', 41), sized('c', 40), sized('d', 0), sized('e', 1)])).toEqual([
      OK,
      FULL,
      OK,
      OK,
      FULL,
    ]);
    expect(await queue()).toMatchObject({ ready: 3, bytes: 100 });
  });

  rule('a payload over the limit of its queue is too large, whatever room there is', async () => {
    const { store, control } = await setup();
    await control({ maxItemBytes: 10, maxItems: 1 });

    expect(await store.enqueue([sized('a', 11), sized('b', 10), sized('c', 11)])).toEqual([
      { code: 'PAYLOAD_TOO_LARGE', state: '' },
      OK,
      { code: 'PAYLOAD_TOO_LARGE', state: '' },
    ]);
  });

  rule('a repeated job is a duplicate before it is one too many', async () => {
    const { store, control } = await setup({ jobs: someJobs(['a', 'b']) });
    await control({ maxItems: 1, maxItemBytes: 1 });

    expect(await store.enqueue([aJob({ id: 'a' }), aJob({ id: 'b', payload: new Uint8Array(9) })])).toEqual([
      { code: 'DUPLICATE', state: 'ready' },
      { code: 'DUPLICATE_ID', state: '' },
    ]);
  });

  rule('limits of the tenant hold for each of its queues by itself, unless a queue says otherwise', async () => {
    const { store, control } = await setup();
    await control({ maxItems: 1 }, '');
    await control({ maxItems: 0 }, 'free');

    const verdicts = await store.enqueue(
      ['a', 'b', 'c'].flatMap((id) => ['x', 'y', 'free'].map((queue) => aJob({ id: `${id}-${queue}`, queue }))),
    );

    expect(verdicts.map(({ code }) => code)).toEqual([
      'OK',
      'OK',
      'OK',
      ...['QUEUE_FULL', 'QUEUE_FULL', 'OK'],
      ...['QUEUE_FULL', 'QUEUE_FULL', 'OK'],
    ]);
  });

  rule('a limit that is taken back holds no more', async () => {
    const { store, control } = await setup({ jobs: [aJob({ id: 'a' })] });
    await control({ maxItems: 1 });
    await control({}, QUEUE, ['maxItems']);

    expect(await store.enqueue([aJob({ id: 'b' })])).toEqual([OK]);
  });

  rule('a queue that drops its oldest takes every job, and cancels the first of the last priority', async () => {
    const { store, clock, control, look, drain } = await setup({
      jobs: [...someJobs(['early', 'late'], { priority: 7 }), aJob({ id: 'urgent', priority: 1 })],
    });
    await control({ maxItems: 3, whenFull: 'drop-oldest' });
    clock.advance(3);

    expect(await store.enqueue([aJob({ id: 'new', priority: 1 })])).toEqual([OK]);

    expect(await look('early')).toMatchObject({ state: 'cancelled', reason: 'DISCARDED', atMs: clock.now() });
    expect(await look('early')).not.toHaveProperty('payload');
    expect(await store.enqueue([aJob({ id: 'early', priority: 7 })])).toEqual([{ code: 'DUPLICATE', state: 'cancelled' }]);
    expect(await drain()).toEqual(['urgent', 'new', 'late']);
  });

  rule('as many are dropped as the new one needs room for, also those that came with it', async () => {
    const { store, control, ids } = await setup();
    await control({ maxBytes: 100, whenFull: 'drop-oldest' });

    const verdicts = await store.enqueue([sized('a', 30), sized('b', 30), sized('c', 40), sized('d', 50), sized('e', 1)]);

    expect(verdicts).toEqual([OK, OK, OK, OK, OK]);
    expect(await ids('cancelled')).toEqual(['a', 'b']);
    expect(await ids('ready')).toEqual(['c', 'd', 'e']);
  });

  rule('scheduled jobs are never dropped: without a ready one there is no room', async () => {
    const { store, control } = await setup({ jobs: someJobs(['a', 'b'], { delayMs: 60 }) });
    await control({ maxItems: 2, whenFull: 'drop-oldest' });

    expect(await store.enqueue([aJob({ id: 'c' })])).toEqual([FULL]);
  });

  rule('a job that could never fit drops nobody', async () => {
    const { store, control, queue } = await setup({ jobs: [sized('a', 10)] });
    await control({ maxBytes: 20, whenFull: 'drop-oldest' });

    expect(await store.enqueue([sized('b', 21)])).toEqual([FULL]);

    expect(await queue()).toMatchObject({ ready: 1, finished: 0 });
  });

  rule(`one call drops at most ${LIMITS.discardedAtOnce} jobs; what needs more is refused`, async () => {
    const { store, control, queue } = await setup({
      jobs: someJobs(numbered(LIMITS.discardedAtOnce + 5), { payload: new Uint8Array(1) }),
    });
    await control({ maxBytes: LIMITS.discardedAtOnce, whenFull: 'drop-oldest' });

    const large = sized('large', LIMITS.discardedAtOnce - 1);
    expect(await store.enqueue([large, sized('small', 1)])).toEqual([FULL, OK]);
    expect(await queue()).toMatchObject({ ready: 6, finished: LIMITS.discardedAtOnce });
    expect(await store.enqueue([large])).toEqual([OK]);
    expect(await queue()).toMatchObject({ ready: 2 });
  });
}

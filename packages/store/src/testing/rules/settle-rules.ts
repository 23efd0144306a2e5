import { LIMITS, type Settlement } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aRelease, aWant, DELIVERY_LEASE_MS, refOf } from '../setup.js';

const OUTCOMES = [{ outcome: 'ack' } as const, aRelease(), { outcome: 'bury', reason: 'bad data' } as const];

export function settleRules({ setup, rule, needing }: Kit): void {
  rule('what was acked or buried does not come back', async () => {
    const { clock, reserve, ack, bury, reap, drain } = await setup({ jobs: someJobs(['a', 'b']) });
    const { jobs } = await reserve();

    expect(await ack(jobs[0]!)).toBe('OK');
    expect(await bury(jobs[1]!)).toBe('OK');

    clock.advance(DELIVERY_LEASE_MS);
    expect(await reap()).toMatchObject({ moved: 0 });
    expect(await drain()).toEqual([]);
  });

  needing('listing')('an ack completes the job, keeps the result and drops the payload', async () => {
    const { clock, reserveOne, ack, look } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();
    clock.advance(20);

    expect(await ack(lease, Uint8Array.of(0, 255, 10))).toBe('OK');

    const view = await look();
    expect(view).toMatchObject({ state: 'completed', atMs: clock.now(), attempt: 1, spent: 0, owner: 'worker-1' });
    expect([...view!.result!]).toEqual([0, 255, 10]);
    expect(view).not.toHaveProperty('payload');
  });

  needing('listing')('an ack without a result keeps none', async () => {
    const { reserveOne, ack, look } = await setup({ jobs: [aJob()] });

    await ack(await reserveOne());

    expect(await look()).not.toHaveProperty('result');
  });

  needing('listing')('a buried job is dead, with its reason and its payload', async () => {
    const { clock, reserveOne, bury, look, drain } = await setup({ jobs: [aJob()] });

    expect(await bury(await reserveOne(), 'no such handler')).toBe('OK');

    expect(await look()).toMatchObject({
      state: 'dead',
      reason: 'no such handler',
      atMs: clock.now(),
      spent: 0,
      payload: aJob().payload,
    });
    expect(await drain()).toEqual([]);
  });

  rule('a released job goes to the tail of its queue', async () => {
    const { reserveOne, release, drain } = await setup({ jobs: someJobs(['a', 'b']) });

    expect(await release(await reserveOne())).toBe('OK');

    expect(await drain()).toEqual(['b', 'a']);
  });

  rule('a job handed back to the head is next', async () => {
    const { reserveOne, release, drain } = await setup({ jobs: someJobs(['a', 'b']) });

    await release(await reserveOne(), { head: true, spend: false });

    expect(await drain()).toEqual(['a', 'b']);
  });

  needing('headRetries')('a job that failed is next, too, when it is released to the head', async () => {
    const { reserveOne, release, drain } = await setup({ jobs: someJobs(['a', 'b']) });

    await release(await reserveOne(), { head: true, spend: true });

    expect(await drain()).toEqual(['a', 'b']);
  });

  needing('priorities')('a released job keeps its priority', async () => {
    const { reserveOne, release, drain } = await setup({
      jobs: [aJob({ id: 'a', priority: 1 }), ...someJobs(['b'], { priority: 2 })],
    });

    await release(await reserveOne());

    expect(await drain()).toEqual(['a', 'b']);
  });

  needing('delay')('a job released with a delay is scheduled, and the reason is kept', async () => {
    const { clock, reserveOne, release, look, drain } = await setup({ jobs: [aJob()] });

    await release(await reserveOne(), { delayMs: 2_000, reason: 'not yet' });

    expect(await look()).toMatchObject({ state: 'scheduled', atMs: clock.now() + 2_000, reason: 'not yet' });
    expect(await drain()).toEqual([]);
  });

  rule('a release says whether it spends an attempt', async () => {
    const { reserveOne, release } = await setup({ jobs: [aJob({ attempts: 2 })] });

    await release(await reserveOne(), { spend: false });
    const second = await reserveOne();
    expect(second).toMatchObject({ attempt: 2, spent: 0 });

    await release(second, { spend: true });
    expect(await reserveOne()).toMatchObject({ attempt: 3, spent: 1 });
  });

  rule('a job that spent its last attempt does not come back', async () => {
    const { reserveOne, release, drain } = await setup({ jobs: [aJob({ attempts: 2 })] });

    await release(await reserveOne());
    await release(await reserveOne());

    expect(await drain()).toEqual([]);
  });

  needing('delay', 'listing')('the release that spends the last attempt makes the job dead, delayed or not', async () => {
    const { reserveOne, release, look } = await setup({ jobs: [aJob({ attempts: 2 })] });

    await release(await reserveOne());
    await release(await reserveOne(), { delayMs: 1_000, reason: 'failed again' });

    expect(await look()).toMatchObject({ state: 'dead', spent: 2, reason: 'failed again' });
  });

  rule('a job without a bound on attempts never dies of spending them', async () => {
    const { reserveOne, release } = await setup({ jobs: [aJob({ attempts: 0 })] });

    for (let time = 1; time <= 20; time++) await release(await reserveOne());

    expect(await reserveOne()).toMatchObject({ attempt: 21, spent: 20 });
  });

  rule(`a release whose process died counts as a lost lease; the ${LIMITS.lostLeases}th makes the job dead`, async () => {
    const { reserveOne, release, drain } = await setup({ jobs: [aJob({ attempts: 0 })] });

    for (let time = 1; time <= LIMITS.lostLeases; time++) {
      const lease = await reserveOne();
      expect(lease).toMatchObject({ lostLeases: time - 1, spent: 0 });
      await release(lease, { lost: true, spend: false });
    }

    expect(await drain()).toEqual([]);
  });

  needing('listing')('a job that died of lost leases has the reason of the last', async () => {
    const { reserveOne, release, look } = await setup({ jobs: [aJob({ attempts: 0 })] });

    for (let time = 1; time < LIMITS.lostLeases; time++) await release(await reserveOne(), { lost: true, spend: false });
    await release(await reserveOne(), { lost: true, spend: false, reason: 'SIGSEGV' });

    expect(await look()).toMatchObject({ state: 'dead', lostLeases: LIMITS.lostLeases, spent: 0, reason: 'SIGSEGV' });
  });

  for (const outcome of OUTCOMES) {
    needing('fencing')(`a repeated ${outcome.outcome} is OK_ALREADY, and so is one that was repeated before`, async () => {
      const { store, reserveOne } = await setup({ jobs: [aJob()] });
      const settlement: Settlement = { ...refOf(await reserveOne()), ...outcome };

      expect(await store.settle([settlement, settlement])).toEqual(['OK', 'OK_ALREADY']);
      expect(await store.settle([settlement])).toEqual(['OK_ALREADY']);
    });

    needing('fencing', 'listing')(`a repeated ${outcome.outcome} changes nothing`, async () => {
      const { store, clock, reserveOne, look } = await setup({ jobs: [aJob()] });
      const settlement: Settlement = { ...refOf(await reserveOne()), ...outcome };

      expect(await store.settle([settlement])).toEqual(['OK']);
      const settled = await look();
      clock.advance(1);

      expect(await store.settle([settlement])).toEqual(['OK_ALREADY']);
      expect(await look()).toEqual(settled);
    });
  }

  needing('fencing', 'listing')('a repeated settle of another outcome is OK_ALREADY too, and the first stands', async () => {
    const { reserveOne, ack, bury, look } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();
    await ack(lease);

    expect(await bury(lease)).toBe('OK_ALREADY');

    expect(await look()).toMatchObject({ state: 'completed', reason: '' });
  });

  needing('fencing', 'listing')('a settle repeated in one batch is OK_ALREADY the second time, and spends once', async () => {
    const { store, reserveOne, look } = await setup({ jobs: [aJob({ attempts: 5 })] });
    const settlement: Settlement = { ...refOf(await reserveOne()), ...aRelease() };

    expect(await store.settle([settlement, settlement])).toEqual(['OK', 'OK_ALREADY']);

    expect(await look()).toMatchObject({ spent: 1 });
  });

  needing('fencing', 'listing')(
    'a settle repeated after somebody else leased the job is OK_ALREADY and leaves the new lease alone',
    async () => {
      const { reserveOne, release, look } = await setup({ jobs: [aJob()] });
      const first = await reserveOne();
      await release(first);
      await reserveOne({ owner: 'worker-2' });

      expect(await release(first, { reason: 'late' })).toBe('OK_ALREADY');

      expect(await look()).toMatchObject({ state: 'leased', owner: 'worker-2', spent: 1, reason: 'failed' });
    },
  );

  needing('fencing')('an older token than the last settled one is LEASE_LOST', async () => {
    const { reserveOne, release, ack } = await setup({ jobs: [aJob()] });
    const first = await reserveOne();
    await release(first);
    await release(await reserveOne());

    expect(await ack(first)).toBe('LEASE_LOST');

    expect(await reserveOne()).toMatchObject({ id: 'job-1', spent: 2 });
  });

  needing('fencing')('a made-up token is LEASE_LOST, in every state', async () => {
    const { reserveOne, ack } = await setup({ jobs: [aJob()] });
    const madeUp = { tenant: TENANT, id: 'job-1', token: 'f'.repeat(24) };

    expect(await ack(madeUp)).toBe('LEASE_LOST');
    expect(await ack({ ...madeUp, token: '' })).toBe('LEASE_LOST');
    const lease = await reserveOne();
    expect(await ack(madeUp)).toBe('LEASE_LOST');
    expect(await ack(lease)).toBe('OK');
    expect(await ack(madeUp)).toBe('LEASE_LOST');
  });

  rule('a lease settles only the job, and the tenant, it was granted for', async () => {
    const { reserveOne, ack, drain } = await setup({ jobs: [aJob(), aJob({ id: 'job-2' }), aJob({ tenant: 'globex' })] });
    const lease = await reserveOne();

    expect(await ack({ ...lease, tenant: 'globex' })).toBe('LEASE_LOST');
    expect(await ack({ ...lease, id: 'job-2' })).toBe('LEASE_LOST');
    expect(await ack({ ...lease, id: 'nowhere' })).toBe('LEASE_LOST');

    expect(await drain({ wants: [aWant({ tenant: 'globex' })] })).toEqual(['job-1']);
    expect(await drain()).toEqual(['job-2']);
    expect(await ack(lease)).toBe('OK');
  });

  rule('a settle with the current token counts past the end of the lease, until somebody reaped it', async () => {
    const { clock, reserveOne, ack, reap, drain } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();

    clock.advance(DELIVERY_LEASE_MS * 10);

    expect(await ack(lease)).toBe('OK');
    expect(await reap()).toMatchObject({ moved: 0 });
    expect(await drain()).toEqual([]);
  });

  rule('a settle that comes after the reaper is LEASE_LOST', async () => {
    const { clock, reserveOne, ack, reap, drain } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();

    clock.advance(DELIVERY_LEASE_MS);
    await reap();

    expect(await ack(lease)).toBe('LEASE_LOST');
    expect(await drain()).toEqual(['job-1']);
  });

  needing('fencing')('the last settled token is still known after a later lease was reaped', async () => {
    const { clock, reserveOne, release, reap } = await setup({ jobs: [aJob()] });
    const settled = await reserveOne();
    await release(settled);
    await reserveOne();

    clock.advance(DELIVERY_LEASE_MS);
    await reap();

    expect(await release(settled)).toBe('OK_ALREADY');
  });

  rule('verdicts of a settle come in the order of the settlements', async () => {
    const { store, reserve, drain } = await setup({ jobs: someJobs(['a', 'b', 'c']) });
    const [a, b, c] = (await reserve()).jobs.map(refOf);

    const codes = await store.settle([
      { ...c!, outcome: 'ack' },
      { ...a!, id: 'nowhere', outcome: 'ack' },
      { ...a!, outcome: 'bury', reason: 'bad' },
      { ...b!, ...aRelease() },
    ]);

    expect(codes).toEqual(['OK', 'LEASE_LOST', 'OK', 'OK']);
    expect(await drain()).toEqual(['b']);
  });
}

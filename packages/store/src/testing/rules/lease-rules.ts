import { LIMITS } from '@tiercel/protocol';
import { expect } from 'vitest';
import { aJob, numbered, someJobs } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aWant, DELIVERY_LEASE_MS, NONCE, refOf } from '../setup.js';

export function leaseRules({ setup, rule, needing }: Kit): void {
  needing('fencing')('a token begins with the time of the shard and ends with the nonce of the broker', async () => {
    const { clock, reserveOne } = await setup({ jobs: [aJob()] });

    const { token } = await reserveOne({ nonce: 'feedf00d' });

    expect(token).toBe(`${clock.now().toString(16).padStart(13, '0')}000feedf00d`);
  });

  needing('fencing')('tokens of a shard grow, within a reserve and from one to the next', async () => {
    const { reserve } = await setup({ jobs: [...someJobs(numbered(20)), ...someJobs(numbered(20), { tenant: 'globex' })] });

    const wants = [aWant(), aWant({ tenant: 'globex' })];
    const replies = [await reserve({ wants, max: 15 }), await reserve({ wants, max: 1 }), await reserve({ wants })];

    expectGrowing(replies.flatMap(({ jobs }) => jobs.map(({ token }) => token)));
  });

  needing('fencing')('tokens neither repeat nor shrink when the clock goes back', async () => {
    const { clock, reserveOne, release } = await setup({ jobs: [aJob({ attempts: 0 })] });
    const tokens: string[] = [];

    for (const stepMs of [0, -1, -3_600_000, 3_600_000, 1, 0]) {
      clock.advance(stepMs);
      const lease = await reserveOne();
      tokens.push(lease.token);
      await release(lease);
    }

    expectGrowing(tokens);
  });

  needing('fencing')('tokens still grow one by one where their number is no safe integer any more', async () => {
    const { reserve } = await setup({ jobs: someJobs(numbered(50)), atMs: Date.UTC(2100, 0) });

    const tokens = (await reserve()).jobs.map(({ token }) => token);

    expectGrowing(tokens);
    expect(tokens.map((token) => BigInt(`0x${token.slice(0, 16)}`))).toEqual(
      tokens.map((_, at) => BigInt(Date.UTC(2100, 0)) * 4_096n + BigInt(at)),
    );
  });

  needing('listing')('time of a shard never goes back', async () => {
    const { clock, store, reserveOne, look } = await setup({ jobs: [aJob()] });
    const seenMs = clock.now();

    clock.advance(-60_000);
    await store.enqueue([aJob({ id: 'b' })]);
    await reserveOne();

    expect(await look('b')).toMatchObject({ createdAtMs: seenMs });
    expect(await look()).toMatchObject({ atMs: seenMs + DELIVERY_LEASE_MS });
  });

  needing('listing')('the first extend turns the delivery lease into the length it asks for', async () => {
    const { store, clock, reserveOne, look } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();

    clock.advance(1_000);

    expect(await store.extend([{ ...refOf(lease), leaseMs: 30_000 }])).toEqual(['OK']);
    expect(await look()).toMatchObject({ state: 'leased', atMs: clock.now() + 30_000 });
  });

  rule('an extended lease outlives its old end and ends at its new one', async () => {
    const { store, clock, reserveOne, reap } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();

    await store.extend([{ ...refOf(lease), leaseMs: 8_000 }]);
    clock.advance(7_999);

    expect(await reap()).toMatchObject({ moved: 0, nextInMs: 1 });
    clock.advance(1);
    expect(await reap()).toMatchObject({ moved: 1 });
  });

  rule('an extend may also shorten a lease', async () => {
    const { store, clock, deliverOne, reap } = await setup({ jobs: [aJob()] });
    const lease = await deliverOne();

    await store.extend([{ ...refOf(lease), leaseMs: 10 }]);
    clock.advance(10);

    expect(await reap()).toMatchObject({ moved: 1 });
  });

  rule('a lease that has ended is not extended, one that has not is', async () => {
    const { store, clock, reserve, ack } = await setup({ jobs: someJobs(['early', 'late']) });
    const [early, late] = (await reserve()).jobs.map((lease) => ({ ...refOf(lease), leaseMs: 30_000 }));

    clock.advance(DELIVERY_LEASE_MS - 1);
    expect(await store.extend([early!])).toEqual(['OK']);
    clock.advance(1);

    expect(await store.extend([late!])).toEqual(['LEASE_LOST']);
    expect(await ack(late!)).toBe('OK');
  });

  needing('fencing', 'listing')('a stale or made-up token extends nothing', async () => {
    const { store, clock, reserveOne, release, look } = await setup({ jobs: [aJob()] });
    const old = await reserveOne();
    await release(old);
    const current = await reserveOne();

    const otherNonce = { ...refOf(current), token: current.token.replace(NONCE, '00000000') };
    const batch = [refOf(old), otherNonce, { ...refOf(current), token: '' }].map((lease) => ({ ...lease, leaseMs: 99_000 }));

    expect(await store.extend(batch)).toEqual(['LEASE_LOST', 'LEASE_LOST', 'LEASE_LOST']);
    expect(await look()).toMatchObject({ atMs: clock.now() + DELIVERY_LEASE_MS });
  });

  rule('verdicts of an extend come in the order of the leases, also of jobs that are not there', async () => {
    const { store, reserve } = await setup({ jobs: [...someJobs(['a', 'b']), aJob({ id: 'a', tenant: 'globex' })] });
    const [a, b] = (await reserve()).jobs.map((lease) => ({ ...refOf(lease), leaseMs: 1_000 }));

    const batch = [{ ...a!, id: 'gone' }, b!, { ...a!, tenant: 'globex' }, a!];

    expect(await store.extend(batch)).toEqual(['LEASE_LOST', 'OK', 'LEASE_LOST', 'OK']);
  });

  rule('a lease is not extended after its job was settled', async () => {
    const { store, reserveOne, ack } = await setup({ jobs: [aJob()] });
    const lease = await reserveOne();
    await ack(lease);

    expect(await store.extend([{ ...refOf(lease), leaseMs: LIMITS.leaseMs }])).toEqual(['LEASE_LOST']);
  });
}

function expectGrowing(tokens: readonly string[]): void {
  expect(tokens).toEqual([...new Set(tokens)].sort());
}

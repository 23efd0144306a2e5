import { expect } from 'vitest';
import { aJob, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { DELIVERY_LEASE_MS } from '../setup.js';

const sized = (id: string, bytes: number, told: object = {}) =>
  aJob({ id, payload: new Uint8Array(bytes), encoding: 'raw', ...told });

/** What a queue tells of the jobs that wait in it: their bytes, and the age of the oldest. */
export function waitingRules({ setup, needing }: Kit): void {
  const rule = needing('listing');

  needing('listing', 'delay')('bytes are those of the payloads that wait, ready or scheduled', async () => {
    const { store, clock, reserveOne, ack, release, bury, promote, queue } = await setup({
      jobs: [sized('a', 100), sized('b', 20, { delayMs: 50 }), sized('c', 3), sized('d', 0)],
    });
    expect(await queue()).toMatchObject({ bytes: 123 });

    const [a, c] = [await reserveOne(), await reserveOne()];
    expect(await queue()).toMatchObject({ bytes: 20 });
    await release(a, { delayMs: 70 });
    expect(await queue()).toMatchObject({ bytes: 120 });
    await ack(c);
    clock.advance(50);
    await promote();
    expect(await queue()).toMatchObject({ bytes: 120 });
    await bury(await reserveOne());
    await store.cancel(TENANT, ['a']);
    expect(await queue()).toMatchObject({ bytes: 20, ready: 1 });
  });

  rule('bytes come back with a job that is reaped or revived, and go with one that is cancelled or expires', async () => {
    const { store, clock, reserveOne, bury, reserve, reap, queue } = await setup({
      jobs: [sized('a', 7), sized('b', 11), sized('c', 13), sized('d', 17, { ttlMs: 1 })],
    });
    await reserveOne();
    await bury(await reserveOne());
    expect(await queue()).toMatchObject({ bytes: 30 });

    await store.cancel(TENANT, ['c']);
    clock.advance(DELIVERY_LEASE_MS);
    await reap();
    expect(await queue()).toMatchObject({ bytes: 24 });
    await store.revive(TENANT, ['b']);
    expect(await queue()).toMatchObject({ bytes: 35 });

    await reserve();
    expect(await queue()).toMatchObject({ bytes: 0, ready: 0, leased: 2 });
  });

  rule('the oldest is the ready job that is longest ready, whatever its priority', async () => {
    const { store, clock, reserveOne, queue } = await setup({ jobs: [aJob({ id: 'last', priority: 9 })] });
    clock.advance(40);
    await store.enqueue([aJob({ id: 'first', priority: 0 }), aJob({ id: 'other', priority: 9 })]);
    clock.advance(2);

    expect(await queue()).toMatchObject({ oldestMs: 42 });
    await reserveOne();
    expect(await queue()).toMatchObject({ oldestMs: 42 });
    await reserveOne();
    expect(await queue()).toMatchObject({ oldestMs: 2 });
    await reserveOne();
    expect(await queue()).toMatchObject({ oldestMs: 0, ready: 0 });
  });

  needing('listing', 'delay')('a job is ready since it became ready: by its date, a release, the reaper or a revival', async () => {
    const { store, clock, reserveOne, release, bury, promote, reap, queue } = await setup({ jobs: [aJob({ delayMs: 1_000 })] });
    clock.advance(999);
    expect(await queue()).toMatchObject({ oldestMs: 0 });
    clock.advance(1);
    await promote();
    clock.advance(5);
    expect(await queue()).toMatchObject({ oldestMs: 5 });

    const lease = await reserveOne();
    clock.advance(30);
    await release(lease);
    clock.advance(6);
    expect(await queue()).toMatchObject({ oldestMs: 6 });

    await reserveOne();
    clock.advance(DELIVERY_LEASE_MS);
    await reap();
    clock.advance(7);
    expect(await queue()).toMatchObject({ oldestMs: 7 });

    await bury(await reserveOne());
    clock.advance(30);
    await store.revive(TENANT, ['job-1']);
    clock.advance(8);
    expect(await queue()).toMatchObject({ oldestMs: 8 });
  });

  rule('a look at a queue whose clock went back is no older than the shard has seen', async () => {
    const { clock, queue, reap } = await setup({ jobs: someJobs(['a']) });
    clock.advance(10);
    await reap();
    clock.advance(-100);

    expect(await queue()).toMatchObject({ oldestMs: 10 });
  });
}

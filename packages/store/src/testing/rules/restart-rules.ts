import { STATES } from '@tiercel/protocol';
import { expect } from 'vitest';
import type { JobStore } from '../../job-store.js';
import { aJob, numbered, QUEUE, someJobs, TENANT } from '../builders.js';
import type { Kit } from '../describe-job-store.js';
import { aReserve, refOf, type Scene } from '../setup.js';

const ASIDE = { outcome: 'bury', reason: 'CORRUPT: bits', corrupt: true } as const;

/** What a store that is opened again (`reopen`) has to know: all that can be seen, and what follows from it. */
export function restartRules({ setup, needing }: Kit): void {
  needing('quarantine', 'listing')('a queue whose only job was set aside has those that came later', async () => {
    const scene = await setup({ jobs: [aJob()] });
    await scene.store.settle([{ ...refOf(await scene.reserveOne()), ...ASIDE }]);
    await scene.store.enqueue([...someJobs(['b', 'c']), aJob({ id: 'later', delayMs: 500 })]);
    const before = await scene.store.queues(TENANT);
    expect(before).toMatchObject([{ queue: QUEUE, ready: 2, scheduled: 1 }]);

    const store = await scene.reopen!();

    expect(await store.queues(TENANT)).toEqual(before);
    expect(await store.list(TENANT, { ...ALL, state: 'scheduled' })).toMatchObject({ jobs: [{ id: 'later' }] });
    expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([{ tenant: TENANT, queue: QUEUE, ready: 2 }]);
    expect((await store.reserve(aReserve(store))).jobs.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  needing('quarantine', 'listing')('a queue of which all was set aside is not there', async () => {
    const scene = await setup({ jobs: [aJob()] });
    await scene.store.settle([{ ...refOf(await scene.reserveOne()), ...ASIDE }]);

    const store = await scene.reopen!();

    expect(await store.queues(TENANT)).toEqual([]);
    expect((await store.quarantined(TENANT, { cursor: '', limit: 10 })).records).toMatchObject([{ id: 'job-1' }]);
  });

  needing(
    'listing',
    'settings',
    'counters',
    'quarantine',
  )('all that can be seen is as it was', async () => {
    const scene = await setup({ jobs: JOBS });
    await workOn(scene);
    const before = await seenOf(scene.store);
    for (const state of STATES.filter((each) => each !== 'expired')) expect(before.lists[state]).not.toEqual([]);

    expect(await seenOf(await scene.reopen!())).toEqual(before);
  });

  needing('priorities')('jobs come in the order they would have come in', async () => {
    const scene = await setup({ jobs: [...someJobs(['a', 'b', 'c']), aJob({ id: 'urgent', priority: 0 }), aJob({ id: 'd' })] });
    const { jobs } = await scene.reserve({ max: 3 });
    expect(jobs.map(({ id }) => id)).toEqual(['urgent', 'a', 'b']);
    await scene.release(jobs[1]!, { head: false });
    await scene.release(jobs[2]!, { head: true });

    const store = await scene.reopen!();

    expect((await store.reserve(aReserve(store))).jobs.map(({ id }) => id)).toEqual(['b', 'c', 'd', 'a']);
  });

  needing('sharedLeases')('a lease that was held is still fenced: its token settles, and no later token is below it', async () => {
    const scene = await setup({ jobs: someJobs(['a', 'b']) });
    const held = await scene.reserveOne();

    const store = await scene.reopen!();

    const [next] = (await store.reserve(aReserve(store))).jobs;
    expect(next!.token > held.token).toBe(true);
    const ack = { ...refOf(held), outcome: 'ack' } as const;
    expect(await store.settle([{ ...ack, token: next!.token }, ack, ack])).toEqual(['LEASE_LOST', 'OK', 'OK_ALREADY']);
    const again = await scene.reopen!();
    expect(await again.settle([ack])).toEqual(['OK_ALREADY']);
  });
}

const ALL = { queue: '', cursor: '', limit: 100, payload: true } as const;

/** Payloads of every kind, some of them too large to stand beside what is small. */
const PAYLOADS = [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, byte) => byte), new Uint8Array(70_000).fill(255)];

const JOBS = numbered(12).map((id, nth) =>
  aJob({ id, queue: `q${nth % 2}`, name: `Name${nth % 3}`, encoding: 'raw', payload: PAYLOADS[nth % 3]!, ttlMs: 60_000 }),
);

/** Leaves a job in every state, and one aside. */
async function workOn({ store, clock, reserve, reserveOne, ack, bury, release, control }: Scene): Promise<void> {
  await store.enqueue([aJob({ id: 'later', queue: 'q0', delayMs: 5_000 })]);
  await control({ maxItems: 50, expireTo: '*dead' }, 'q0');
  await control({ attempts: 7 }, '');
  const { jobs } = await reserve({ wants: [{ tenant: TENANT, queue: 'q0', max: 4 }] });
  await store.settle([{ ...refOf(jobs[0]!), ...ASIDE }]);
  await ack(jobs[1]!, PAYLOADS[2]);
  await bury(jobs[2]!);
  clock.advance(7);
  await release(jobs[3]!, { delayMs: 900 });
  await store.cancel(TENANT, [JOBS[11]!.id]);
  await reserveOne({ wants: [{ tenant: TENANT, queue: 'q1', max: 1 }] });
  await control({ paused: true }, 'q1');
}

/** Everything that can be seen of TENANT. */
async function seenOf(store: JobStore) {
  const lists: Partial<Record<(typeof STATES)[number], unknown>> = {};
  for (const state of STATES) lists[state] = (await store.list(TENANT, { ...ALL, state })).jobs;
  return {
    lists,
    found: await store.find(TENANT, [...JOBS.map(({ id }) => id), 'later'], { payload: true }),
    queues: await store.queues(TENANT),
    settings: await store.settings(TENANT),
    counters: await store.counters(TENANT),
    totals: await store.totals(0),
    quarantined: await store.quarantined(TENANT, { cursor: '', limit: 10 }),
    backlog: await store.backlog(0, { queue: '', limit: 10 }),
  };
}

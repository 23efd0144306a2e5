import type { LocalRef } from '@tiercel/actors';
import { createTestKit } from '@tiercel/actors/testing';
import { type Demand, type LeasedJob, LIMITS, packJobs, type ReserveReply } from '@tiercel/protocol';
import { openMemoryStore, type Reserved, type ReserveRequest, shardOf } from '@tiercel/store';
import { describe, expect, test } from 'vitest';
import { DEFAULT_BOUNDS } from './bounds.js';
import { type FairShareProtocol, fairShare } from './fair-share.js';
import { Nonce } from './nonce.js';
import { aDemand, aJob, LONG, type Scene, setup, someJobs } from './setup.test.kit.js';

const countBy = (jobs: readonly LeasedJob[], of: (job: LeasedJob) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const job of jobs) counts[of(job)] = (counts[of(job)] ?? 0) + 1;
  return counts;
};

async function reserveMany({ pool, after }: Scene, times: number, told: Parameters<typeof aDemand>[0]): Promise<LeasedJob[]> {
  const jobs: LeasedJob[] = [];
  for (let turn = 0; turn < times; turn++) jobs.push(...(await after(20, pool.ask('reserve', aDemand(told), LONG))).jobs);
  return jobs;
}

describe('tenants', () => {
  test('10,000 jobs of one do not delay another’s', async () => {
    const scene = await setup();
    for (let batch = 0; batch < 20; batch++) await scene.memory.enqueue(someJobs(500, 'flood'));
    await reserveMany(scene, 3, { max: 10 });
    const [job] = someJobs(1, 'acme');
    await scene.after(20, scene.of('acme').ask('enqueue', { jobs: [job!] }, LONG));
    const next = await reserveMany(scene, 1, { max: 10 });
    expect(next.map(({ id }) => id)).toContain(job!.id);
  });

  test('with work get the same share of many reserves, give or take a slot', async () => {
    const scene = await setup();
    const tenants = ['acme', 'blue', 'cyan'];
    for (const tenant of tenants) await scene.memory.enqueue(someJobs(500, tenant));
    await reserveMany(scene, 1, { max: 1 });
    const shares = Object.values(countBy(await reserveMany(scene, 50, { max: 10 }), ({ tenant }) => tenant));
    expect(shares).toHaveLength(3);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(2);
  });

  test('are each first in, first out', async () => {
    const scene = await setup();
    const jobs = ['acme', 'blue'].flatMap((tenant) => someJobs(40, tenant));
    await scene.memory.enqueue(jobs);
    const got = await reserveMany(scene, 12, { max: 7 });
    for (const tenant of ['acme', 'blue'])
      expect(got.filter((job) => job.tenant === tenant).map(({ id }) => id)).toEqual(
        jobs.filter((job) => job.tenant === tenant).map(({ id }) => id),
      );
  });

  test('reserve their own only', async () => {
    const { of, memory, after } = await setup();
    await memory.enqueue([...someJobs(5, 'acme'), ...someJobs(5, 'umbrella')]);
    for (const queues of [['mail'], ['*']]) {
      const { jobs } = await after(20, of('acme').ask('reserve', aDemand({ queues, max: 2 }), LONG));
      expect(jobs.map(({ tenant }) => tenant)).toEqual(['acme', 'acme']);
    }
  });

  test('that ask for their own work do not make one another wait', async () => {
    const { of, memory, kit } = await setup({ brokers: ['broker-1'] });
    await memory.enqueue(someJobs(100, 'acme'));
    const asked = Array.from({ length: 10 }, () => of('acme').ask('reserve', aDemand({ max: 10 }), LONG));
    await kit.advance(20);
    expect((await Promise.all(asked)).map(({ jobs }) => jobs.length)).toEqual(new Array(10).fill(10));
  });
});

describe('made-up names of queues', () => {
  /** One tenant has asked for 5,056 queues that nobody ever used. */
  async function flooded(parkMs: number) {
    const scene = await setup({ shards: 1, bounds: { pollMs: 60_000 } });
    scene.tap.answerMs = ROUND_MS;
    await scene.memory.enqueue([aJob('blue')]);
    const flood = Array.from({ length: 79 }, (_, ask) => {
      const queues = Array.from({ length: LIMITS.queuesPerReserve }, (_, at) => `made-up-${ask}-${at}`);
      const asked = scene.of('acme').ask('reserve', aDemand({ queues, parkMs }), LONG);
      asked.catch(() => {});
      return asked;
    });
    return { ...scene, flood };
  }
  const ROUND_MS = 10;
  const ROUNDS = Math.ceil(79 / DEFAULT_BOUNDS.reservesInFlight);

  test('are forgotten with the answer: who asks for * is served in the next round', async () => {
    const scene = await flooded(5 * ROUND_MS);
    await scene.after(10 * ROUND_MS, Promise.all(scene.flood));
    // one look, one reserve
    const { jobs } = await scene.after(2 * ROUND_MS + 5, scene.pool.ask('reserve', aDemand({ queues: ['*'] }), LONG));
    expect(jobs.map(({ tenant }) => tenant)).toEqual(['blue']);
  });

  test('that are still asked for delay nobody by more than one reserve for each who asks', async () => {
    const scene = await flooded(10_000);
    await scene.kit.advance(5);
    const asked = scene.of('blue').ask('reserve', aDemand({ queues: ['*'] }), LONG);
    expect((await scene.after((ROUNDS + 2) * ROUND_MS + 5, asked)).jobs).toHaveLength(1);
  });

  test('are remembered no longer when the storage failed', async () => {
    const scene = await flooded(5 * ROUND_MS);
    scene.tap.failing.add('reserve');
    await scene.after(10 * ROUND_MS, Promise.allSettled(scene.flood));
    scene.tap.failing.clear();
    const { jobs } = await scene.after(2 * ROUND_MS + 5, scene.pool.ask('reserve', aDemand({ queues: ['*'] }), LONG));
    expect(jobs.map(({ tenant }) => tenant)).toEqual(['blue']);
  });
});

describe('queues', () => {
  test('are served in the order of preference', async () => {
    const scene = await setup();
    await scene.memory.enqueue([...someJobs(5, 'acme', { queue: 'low' }), ...someJobs(5, 'acme', { queue: 'high' })]);
    await reserveMany(scene, 1, { queues: ['other'], max: 1, parkMs: 10 });
    const got = await reserveMany(scene, 1, { queues: ['high', 'low'], max: 7 });
    expect(got.map(({ queue }) => queue)).toEqual([...new Array(5).fill('high'), ...new Array(2).fill('low')]);
  });

  test('that were not asked for stay as they are', async () => {
    const scene = await setup();
    await scene.memory.enqueue([...someJobs(1, 'acme', { queue: 'mail' }), ...someJobs(1, 'acme', { queue: 'secret' })]);
    expect(await reserveMany(scene, 1, { queues: ['mail'] })).toHaveLength(1);
    expect(await scene.memory.queues('acme')).toMatchObject([
      { queue: 'mail', ready: 0 },
      { queue: 'secret', ready: 1 },
    ]);
  });

  test('are all served under *', async () => {
    const scene = await setup();
    const queues = ['mail', 'video', 'bills'];
    await scene.memory.enqueue(queues.flatMap((queue) => someJobs(3, 'acme', { queue })));
    expect(countBy(await reserveMany(scene, 1, { queues: ['*'], max: 9 }), ({ queue }) => queue)).toEqual({
      mail: 3,
      video: 3,
      bills: 3,
    });
  });
});

describe('bytes', () => {
  test('of one reply are those asked for, but one job at least', async () => {
    const scene = await setup();
    await scene.memory.enqueue(someJobs(20, 'acme', { payload: new Uint8Array(1_000) }));
    expect(await reserveMany(scene, 1, { max: 20, maxBytes: 5_500 })).toHaveLength(5);
    expect(await reserveMany(scene, 1, { max: 20, maxBytes: 10 })).toHaveLength(1);
  });

  test('over many shards stay in bounds, and what is over goes back to the head as if nobody had touched it', async () => {
    const scene = await setup({ shards: 16 });
    const tenants = Array.from({ length: 12 }, (_, at) => `tenant-${at}`);
    expect(new Set(tenants.map((tenant) => shardOf(tenant, 16))).size).toBeGreaterThan(6);
    const jobs = tenants.flatMap((tenant) => someJobs(2, tenant, { payload: new Uint8Array(256 * 1024) }));
    await scene.memory.enqueue(jobs);

    const got: LeasedJob[] = [];
    for (let turn = 0; turn < 60 && got.length < jobs.length; turn++) {
      const reply = await scene.after(50, scene.pool.ask('reserve', aDemand({ max: 20 }), LONG));
      expect(reply.jobs.length).toBeGreaterThan(0);
      expect(reply.jobs.reduce((sum, { payload }) => sum + payload.length, 0)).toBeLessThanOrEqual(512 * 1024);
      got.push(...reply.jobs);
    }
    expect(got.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
    expect(got.every(({ spent, lostLeases }) => spent === 0 && lostLeases === 0)).toBe(true);
    for (const tenant of tenants)
      expect(got.filter((job) => job.tenant === tenant).map(({ id }) => id)).toEqual(
        jobs.filter((job) => job.tenant === tenant).map(({ id }) => id),
      );
  });

  test('given back keep their order', async () => {
    // one shard gives a job that nearly fills the reply, the other a handful, most of which go back
    const scene = await setup({ shards: 2 });
    const [large, small] = [0, 1].map(
      (shard) => ['acme', 'blue', 'cyan', 'dune', 'echo'].find((tenant) => shardOf(tenant, 2) === shard)!,
    );
    const jobs = [
      ...someJobs(6, large!, { payload: new Uint8Array(9_000) }),
      ...someJobs(6, small!, { payload: new Uint8Array(900) }),
    ];
    await scene.memory.enqueue(jobs);
    const got: LeasedJob[] = [];
    while (got.length < jobs.length) got.push(...(await reserveMany(scene, 1, { max: 12, maxBytes: 10_000 })));
    for (const tenant of [large, small])
      expect(got.filter((job) => job.tenant === tenant).map(({ id }) => id)).toEqual(
        jobs.filter((job) => job.tenant === tenant).map(({ id }) => id),
      );
    expect(got.some(({ tenant, attempt }) => tenant === small && attempt > 1)).toBe(true);
  });
});

describe('a worker that is known to have ended', () => {
  test('is granted nothing more, also what was under way to it', async () => {
    const scene = await setup();
    scene.tap.answerMs = 50;
    await scene.memory.enqueue([aJob('acme')]);
    const asked = scene.pool.ask('reserve', aDemand({ owner: 'late' }), LONG);
    await scene.kit.advance(80);
    scene.sys.tell('gone', { owner: 'late', reason: 'SIGKILL' });
    expect((await scene.after(200, asked)).jobs).toEqual([]);
    scene.tap.answerMs = 0;
    expect(await reserveMany(scene, 1, { owner: 'other' })).toMatchObject([{ spent: 0, lostLeases: 0 }]);
  });

  test('that asks all the same is not handed jobs that go back at once', async () => {
    const scene = await setup();
    scene.sys.tell('gone', { owner: 'undead', reason: 'SIGKILL' });
    await scene.kit.advance(10);
    const [job] = someJobs(1, 'acme');
    await scene.memory.enqueue([job!]);
    expect((await scene.after(1_100, scene.pool.ask('reserve', aDemand({ owner: 'undead', parkMs: 1_000 }), LONG))).jobs).toEqual(
      [],
    );
    expect(await scene.memory.find('acme', [job!.id], { payload: false })).toMatchObject([{ attempt: 0 }]);
  });
});

describe('the storage', () => {
  test('failing a reserve refuses the ask, and the work is found when it answers again', async () => {
    const scene = await setup();
    await scene.memory.enqueue([aJob('acme')]);
    scene.tap.failing.add('reserve');
    const asked = scene.of('acme').ask('reserve', aDemand(), LONG);
    await expect(scene.after(20, asked)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    scene.tap.failing.clear();
    expect((await scene.after(20, scene.of('acme').ask('reserve', aDemand(), LONG))).jobs).toHaveLength(1);
  });

  test('failing for pool reserves as well', async () => {
    const scene = await setup();
    await scene.memory.enqueue([aJob('acme')]);
    scene.tap.failing.add('reserve');
    await expect(scene.after(20, scene.pool.ask('reserve', aDemand(), LONG))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    scene.tap.failing.clear();
    expect((await scene.after(20, scene.pool.ask('reserve', aDemand(), LONG))).jobs).toHaveLength(1);
  });

  test('being looked into in vain is tried again', async () => {
    const scene = await setup({ bounds: { pollMs: 1_000 } });
    scene.tap.failing.add('backlog');
    const asked = scene.pool.ask('reserve', aDemand(), LONG);
    await scene.kit.advance(100);
    await scene.memory.enqueue([aJob('acme')]);
    await scene.kit.advance(2_000);
    scene.tap.failing.clear();
    expect((await scene.after(1_250, asked)).jobs).toHaveLength(1);
  });

  test('is looked into as often as it says, when others put jobs in without a word', async () => {
    const scene = await setup({ bounds: { pollMs: 60_000 }, lookMs: 200 });
    const asked = scene.pool.ask('reserve', aDemand(), LONG);
    await scene.kit.advance(1_000);
    await scene.memory.enqueue([aJob('acme')]);
    expect((await scene.after(250, asked)).jobs).toHaveLength(1);
  });

  test('is asked for so many reserves at once and no more', async () => {
    const scene = await setup({ bounds: { reservesInFlight: 3 } });
    scene.tap.answerMs = 100;
    await scene.memory.enqueue(someJobs(100, 'acme'));
    const asked = Array.from({ length: 10 }, () => scene.pool.ask('reserve', aDemand({ max: 1 }), LONG));
    await scene.kit.advance(150);
    await scene.kit.advance(40);
    const before = scene.reserves();
    expect(before).toBeLessThanOrEqual(3);
    expect((await scene.after(2_000, Promise.all(asked))).every(({ jobs }) => jobs.length === 1)).toBe(true);
  });
});

test('a fair share that crashes refuses those who wait, begins again with empty hands and goes on serving', async () => {
  const { kit, share, ask, store } = await setupAlone();
  const parked = ask();
  parked.catch(() => {});
  await kit.advance(2_000);
  kit.crash(share);
  await kit.advance(200);
  await expect(parked).rejects.toMatchObject({ code: 'STOPPED' });

  await store.enqueue([aJob('acme')]);
  const again = ask();
  await kit.advance(50);
  expect((await again).jobs).toHaveLength(1);
});

test('a fair share that is leaving answers who asks, and asks the storage for nothing', async () => {
  const { kit, share, ask, store } = await setupAlone();
  await store.enqueue([aJob('acme')]);
  share.tell('empty', null);
  const asked = ask();
  await kit.advance(50);
  expect((await asked).jobs).toEqual([]);
  expect(await store.queues('acme')).toMatchObject([{ ready: 1, leased: 0 }]);
});

/** A fair share under a supervisor of its own, within reach of the test. */
async function setupAlone() {
  const kit = createTestKit();
  const store = openMemoryStore({ clock: kit.clock, shards: 2 });
  interface Door {
    reserve(demand: Demand): ReserveReply;
  }
  let share!: LocalRef<FairShareProtocol>;
  const door = kit.system('broker').spawn<Door>({
    name: 'door',
    actor(ctx) {
      const plan = { strategy: 'one_for_one', maxRestarts: 3, withinMs: 60_000, backoff: { baseMs: 10, maxMs: 100 } } as const;
      const spec = {
        name: 'fair-share',
        actor: fairShare({ store, bounds: DEFAULT_BOUNDS, nonce: new Nonce(store, ctx.random), storeAnswered: () => {} }),
      };
      share = ctx.supervise(plan, { share: spec }).share;
      return {
        reserve(demand) {
          const answer = ctx.later<ReserveReply>();
          share.tell('want', { tenant: 'acme', demand, answer });
          return answer;
        },
      };
    },
  });
  await kit.settle();
  return { kit, store, share, ask: () => door.ask('reserve', aDemand(), LONG) };
}

test('jobs that a storage has packed are handed on unopened', async () => {
  const { memory, tap, of, after } = await setup();
  await memory.enqueue(someJobs(5, 'acme'));
  let opened = 0;
  tap.instead.set('reserve', async (request: ReserveRequest): Promise<Reserved> => {
    const { jobs, left } = await memory.reserve(request);
    return {
      packed: packJobs(jobs),
      left,
      get jobs() {
        opened++;
        return jobs;
      },
    };
  });

  const { jobs } = await after(20, of('acme').ask('reserve', aDemand({ max: 5 }), LONG));

  expect(jobs).toHaveLength(5);
  expect(opened).toBe(0);
});

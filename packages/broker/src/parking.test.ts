import { describe, expect, test } from 'vitest';
import { aDemand, aJob, LONG, type Scene, setup, someJobs } from './setup.test.kit.js';

const ids = ({ jobs }: { readonly jobs: readonly { readonly id: string }[] }) => jobs.map(({ id }) => id);
const ACT = { ...LONG };

/** A reserve that has been parked for two seconds. */
async function parked({ pool, kit, pending }: Scene, told: Parameters<typeof aDemand>[0] = {}) {
  const asked = pool.ask('reserve', aDemand(told), LONG);
  await kit.advance(2_000);
  expect(await pending(asked)).toBe(true);
  return { asked };
}

async function leaseOne({ pool, after, memory }: Scene, told: Parameters<typeof aJob>[1] = {}) {
  await memory.enqueue([aJob('acme', told)]);
  const { jobs } = await after(1_500, pool.ask('reserve', aDemand({ max: 1 }), LONG));
  expect(jobs).toHaveLength(1);
  return jobs[0]!;
}

describe('a parked reserve is answered', () => {
  test('by an enqueue, at once', async () => {
    const scene = await setup();
    const { asked } = await parked(scene);
    const job = aJob('acme');
    void scene.of('acme').ask('enqueue', { jobs: [job] }, ACT);
    expect(ids(await scene.after(10, asked))).toEqual([job.id]);
  });

  test('behind an enqueue, without waiting for its answer, and by one look at the storage', async () => {
    const scene = await setup({ bounds: { pollMs: 8_000 } });
    const { asked } = await parked(scene);
    const before = scene.reserves();
    scene.tap.answerMs = 100;
    const job = aJob('acme');
    const enqueued = scene.of('acme').ask('enqueue', { jobs: [job] }, ACT);
    expect(ids(await scene.after(130, asked))).toEqual([job.id]);
    await scene.after(0, enqueued);
    await scene.kit.advance(500);
    expect(scene.reserves()).toBe(before + 1);
  });

  test('by the next enqueue when the one before was not stored', async () => {
    const scene = await setup({ bounds: { pollMs: 8_000 } });
    const { asked } = await parked(scene);
    scene.tap.failing.add('enqueue');
    const refused = scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, ACT);
    await expect(scene.after(50, refused)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await scene.pending(asked)).toBe(true);
    scene.tap.failing.clear();
    const job = aJob('acme');
    void scene.of('acme').ask('enqueue', { jobs: [job] }, ACT);
    expect(ids(await scene.after(10, asked))).toEqual([job.id]);
  });

  test('by an enqueue that came while it looked in vain', async () => {
    // the reserve that found nothing is still on its way back when the job is stored
    const scene = await setup({ bounds: { pollMs: 5_000 } });
    scene.tap.answerMs = 100;
    const asked = scene.of('acme').ask('reserve', aDemand(), LONG);
    await scene.kit.advance(50);
    void scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, ACT);
    await scene.kit.advance(5);
    scene.tap.answerMs = 0;
    expect(ids(await scene.after(200, asked))).toHaveLength(1);
  });

  test('by a scheduled job, when it is due', async () => {
    const scene = await setup({ bounds: { pollMs: 8_000 } });
    const { asked } = await parked(scene);
    void scene.of('acme').ask('enqueue', { jobs: [aJob('acme', { delayMs: 3_000 })] }, ACT);
    await scene.kit.advance(2_990);
    expect(await scene.pending(asked)).toBe(true);
    expect(ids(await scene.after(30, asked))).toHaveLength(1);
  });

  test('by a release, at once or when its delay is over', async () => {
    const scene = await setup({ bounds: { pollMs: 8_000 } });
    const { tenant, id, token } = await leaseOne(scene);
    const { asked } = await parked(scene);
    const release = { outcome: 'release', delayMs: 0, spend: true, lost: false, head: false, reason: '', queue: 'mail' } as const;
    void scene.pool.ask('settle', { settlements: [{ tenant, id, token, ...release }] }, ACT);
    const again = (await scene.after(10, asked)).jobs[0]!;
    expect(again).toMatchObject({ id, attempt: 2, spent: 1 });

    const next = scene.pool.ask('reserve', aDemand(), LONG);
    void scene.pool.ask('settle', { settlements: [{ tenant, id, token: again.token, ...release, delayMs: 1_000 }] }, ACT);
    expect(ids(await scene.after(1_020, next))).toEqual([id]);
  });

  test('by a lease that nobody extended, once it has ended', async () => {
    const scene = await setup({ bounds: { deliveryLeaseMs: 5_000 } });
    const { id } = await leaseOne(scene);
    const asked = scene.pool.ask('reserve', aDemand(), LONG);
    await scene.kit.advance(3_000);
    expect(await scene.pending(asked)).toBe(true);
    expect(ids(await scene.after(3_300, asked))).toEqual([id]);
  });

  test('by the leases of a worker known to have ended, at once', async () => {
    const scene = await setup({ bounds: { pollMs: 8_000, deliveryLeaseMs: 60_000 } });
    const { id } = await leaseOne(scene);
    const { asked } = await parked(scene, { owner: 'worker-2' });
    scene.sys.tell('gone', { owner: 'worker-1', reason: 'SIGKILL' });
    expect(ids(await scene.after(10, asked))).toEqual([id]);
  });

  test('by a job that expired into a queue it waits for, when that is due', async () => {
    const scene = await setup();
    await scene.memory.control('acme', 'mail', { set: { expireTo: 'late' }, clear: [] });
    const { asked } = await parked(scene, { queues: ['late'] });
    const job = aJob('acme', { ttlMs: 3_000 });
    void scene.of('acme').ask('enqueue', { jobs: [job] }, ACT);
    await scene.kit.advance(2_990);
    expect(await scene.pending(asked)).toBe(true);
    expect(ids(await scene.after(30, asked))).toEqual([job.id]);
  });

  test.each(['mail', ''])('by a resume of what was paused as %j, at once', async (queue) => {
    const scene = await setup({ bounds: { pollMs: 8_000 } });
    await scene.memory.control('acme', queue, { set: { paused: true }, clear: [] });
    const jobs = someJobs(5, 'acme');
    await scene.memory.enqueue(jobs);
    const { asked } = await parked(scene);
    void scene.of('acme').ask('control', { queue, set: {}, clear: ['paused'] }, ACT);
    expect(ids(await scene.after(10, asked))).toEqual(jobs.map(({ id }) => id));
  });

  test('by a revive, at once', async () => {
    const scene = await setup({ bounds: { pollMs: 8_000 } });
    const { tenant, id, token } = await leaseOne(scene);
    await scene.after(10, scene.pool.ask('settle', { settlements: [{ tenant, id, token, outcome: 'bury', reason: 'x' }] }, ACT));
    const { asked } = await parked(scene);
    expect(await scene.after(5, scene.of('acme').ask('revive', { ids: [id] }, ACT))).toEqual({
      verdicts: [{ code: 'OK', state: 'ready' }],
    });
    expect(ids(await scene.after(5, asked))).toEqual([id]);
  });

  test('by a look when its turn comes, though it is not to be parked and as many reserves as may are under way', async () => {
    const scene = await setup({ bounds: { reservesInFlight: 1, turnMs: 500 } });
    const job = aJob('acme');
    await scene.memory.enqueue([job]);
    scene.tap.answerMs = 100;
    void scene.of('globex').ask('reserve', aDemand(), LONG);
    await scene.kit.advance(20);
    const asked = scene.of('acme').ask('reserve', aDemand({ parkMs: 0 }), LONG);
    expect(ids(await scene.after(250, asked))).toEqual([job.id]);
    expect(ids(await scene.after(250, scene.of('acme').ask('reserve', aDemand({ parkMs: 0 }), LONG)))).toEqual([]);
  });

  test('empty, if it is not to be parked, when its turn does not come in time', async () => {
    const scene = await setup({ bounds: { reservesInFlight: 1, turnMs: 500 } });
    scene.tap.answerMs = 10_000;
    void scene.of('globex').ask('reserve', aDemand(), LONG);
    await scene.kit.advance(20);
    const asked = scene.of('acme').ask('reserve', aDemand({ parkMs: 0 }), LONG);
    await scene.kit.advance(470);
    expect(await scene.pending(asked)).toBe(true);
    expect(ids(await scene.after(60, asked))).toEqual([]);
  });

  test('empty after parkMs, and not before', async () => {
    const scene = await setup();
    const asked = scene.pool.ask('reserve', aDemand({ parkMs: 3_000 }), LONG);
    await scene.kit.advance(2_990);
    expect(await scene.pending(asked)).toBe(true);
    expect(ids(await scene.after(20, asked))).toEqual([]);
  });

  test('with leases that count from when it was asked, however long it was parked', async () => {
    const scene = await setup({ bounds: { deliveryLeaseMs: 5_000 } });
    const askedAtMs = scene.kit.clock.monotonic();
    const { asked } = await parked(scene);
    const grantedAtMs = scene.kit.clock.monotonic();
    void scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, ACT);
    const { deliveryLeaseMs } = await scene.after(10, asked);
    const endAtMs = askedAtMs + deliveryLeaseMs;
    expect(endAtMs).toBeGreaterThan(grantedAtMs + 4_900);
    expect(endAtMs).toBeLessThan(grantedAtMs + 5_010);
  });
});

describe('drain', () => {
  test('answers what is parked, empty, and leaves the group', async () => {
    const scene = await setup();
    const asked = [(await parked(scene)).asked, scene.of('acme').ask('reserve', aDemand(), LONG)];
    await scene.kit.advance(10);
    await scene.after(0, scene.brokers[0]!.drain());
    for (const { jobs } of await scene.after(10, Promise.all(asked))) expect(jobs).toEqual([]);
    await expect(scene.after(10, scene.pool.ask('reserve', aDemand(), LONG))).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test('grants nothing to a reserve that comes in behind it', async () => {
    const scene = await setup();
    await scene.memory.enqueue([aJob('acme')]);
    const asked = scene.of('acme').ask('reserve', aDemand(), LONG);
    const drained = scene.brokers[0]!.drain();
    // a message on its way to one who has left is lost, as on any wire
    await scene.after(50, drained);
    await expect(scene.after(LONG.timeoutMs, asked)).rejects.toMatchObject({ code: 'NO_ANSWER' });
    expect(scene.reserves()).toBe(0);
  });

  test('hands over to the other broker: callers notice nothing but a repeat', async () => {
    const scene = await setup({ brokers: ['broker-1', 'broker-2'] });
    await scene.after(0, scene.brokers[0]!.stop());
    for (let turn = 0; turn < 20; turn++) {
      const { verdicts } = await scene.after(20, scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, ACT));
      expect(verdicts[0]?.code).toBe('OK');
    }
  });

  test('stop ends the broker in order', async () => {
    const scene = await setup();
    const [broker] = scene.brokers;
    await scene.after(100, broker!.stop());
    expect(await scene.after(0, broker!.ended)).toEqual({ reason: 'shutdown' });
  });
});

describe('two brokers', () => {
  /** How long a job that is stored takes to a parked reserve at most, the two being at brokers chosen by chance. */
  async function acrossBrokers(lossy: boolean): Promise<number> {
    const scene = await setup({ brokers: ['broker-1', 'broker-2'], bounds: { pollMs: 1_000, deliveryLeaseMs: 60_000 } });
    if (lossy) scene.kit.cut('broker-1', 'broker-2');
    const asked = scene.pool.ask('reserve', aDemand(), LONG);
    await scene.kit.advance(2_000);
    // sixteen times, so that the broker without the parked reserve is surely asked to store some: the slowest way counts
    let slowestMs = 0;
    let waiting: Promise<unknown> = asked;
    for (let turn = 0; turn < 16; turn++) {
      const fromMs = scene.kit.clock.monotonic();
      void scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, ACT);
      while (await scene.pending(waiting)) {
        await scene.kit.advance(5);
        if (scene.kit.clock.monotonic() - fromMs > 5_000) throw new Error('never answered');
      }
      slowestMs = Math.max(slowestMs, scene.kit.clock.monotonic() - fromMs);
      waiting = scene.pool.ask('reserve', aDemand(), LONG);
      await scene.kit.advance(1_500);
    }
    return slowestMs;
  }

  test('work stored through one reaches a reserve parked at the other by a nudge', async () => {
    expect(await acrossBrokers(false)).toBeLessThanOrEqual(15);
  });

  test('and by its poll when nudges are lost', async () => {
    const slowestMs = await acrossBrokers(true);
    expect(slowestMs).toBeGreaterThan(100);
    expect(slowestMs).toBeLessThanOrEqual(1_220);
  });
});

describe('cost', () => {
  test('one job does not wake all who wait', async () => {
    const scene = await setup();
    const asked = Array.from({ length: 100 }, (_, at) => scene.pool.ask('reserve', aDemand({ owner: `w-${at}` }), LONG));
    await scene.kit.advance(2_000);
    const before = scene.reserves();
    void scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, ACT);
    await scene.kit.advance(10);
    expect(scene.reserves() - before).toBe(1);
    expect((await Promise.all(asked.map(scene.pending))).filter((waits) => !waits)).toHaveLength(1);
  });

  test('a nudge of nobody knows how many does not either', async () => {
    const scene = await setup();
    void Array.from({ length: 100 }, () => scene.pool.ask('reserve', aDemand(), LONG).catch(() => {}));
    await scene.kit.advance(2_000);
    const before = scene.reserves();
    scene.sys.tell('nudge', { from: 'elsewhere', pairs: [['acme', 'mail']] });
    await scene.kit.advance(10);
    expect(scene.reserves() - before).toBe(1);
  });

  test('however many wait and come again, the storage is looked into once a poll', async () => {
    const scene = await setup({ shards: 4, bounds: { pollMs: 1_000 } });
    const again = async (owner: string): Promise<void> => {
      await scene.pool.ask('reserve', aDemand({ owner, parkMs: 700 }), LONG).catch(() => {});
      return again(owner);
    };
    for (let worker = 0; worker < 50; worker++) void again(`w-${worker}`);
    await scene.kit.advance(5_000);
    const before = scene.tap.calls.get('backlog') ?? 0;
    await scene.kit.advance(10_000);
    expect(((scene.tap.calls.get('backlog') ?? 0) - before) / 4).toBeLessThanOrEqual(13);
  });

  test('nobody waiting, nothing is looked into', async () => {
    const scene = await setup();
    await scene.after(500, scene.pool.ask('reserve', aDemand({ parkMs: 100 }), LONG));
    await scene.kit.advance(3_000);
    const before = scene.tap.calls.get('backlog');
    await scene.kit.advance(10_000);
    expect(scene.tap.calls.get('backlog')).toBe(before);
  });
});

test('work of more tenants than one look reads is found in the looks that follow', async () => {
  const scene = await setup({ shards: 1, bounds: { backlogPage: 3, pollMs: 1_000 } });
  const tenants = Array.from({ length: 10 }, (_, at) => `tenant-${at}`);
  await scene.memory.enqueue(tenants.flatMap((tenant) => someJobs(50, tenant)));
  const served = new Set<string>();
  for (let turn = 0; turn < 30; turn++) {
    const { jobs } = await scene.after(400, scene.pool.ask('reserve', aDemand({ max: 3 }), LONG));
    for (const { tenant } of jobs) served.add(tenant);
  }
  expect([...served].sort()).toEqual(tenants);
});

describe('a queue that is paused', () => {
  test.each(['mail', ''])('as %j gives nothing, and is forgotten until it is resumed', async (queue) => {
    const scene = await setup({ bounds: { pollMs: 1_000, deliveryLeaseMs: 60_000 } });
    await scene.memory.enqueue(someJobs(100, 'acme'));
    expect((await scene.after(1_500, scene.pool.ask('reserve', aDemand(), LONG))).jobs).toHaveLength(10);
    await scene.after(10, scene.of('acme').ask('control', { queue, set: { paused: true }, clear: [] }, ACT));
    const asked = scene.pool.ask('reserve', aDemand(), LONG);
    await scene.kit.advance(500);
    const before = scene.reserves();
    await scene.kit.advance(5_000);
    expect(await scene.pending(asked)).toBe(true);
    expect(scene.reserves()).toBe(before);
    // each batch is looked for once, and then forgotten as well
    void scene.of('acme').ask('enqueue', { jobs: someJobs(10, 'acme') }, ACT);
    await scene.kit.advance(3_000);
    expect(scene.reserves()).toBe(before + 1);
    await scene.after(2_000, asked);
    expect(await scene.memory.queues('acme')).toMatchObject([{ ready: 100, leased: 10, paused: true }]);
  });

  test('of one tenant does not hold up another’s', async () => {
    const scene = await setup();
    await scene.memory.control('acme', '', { set: { paused: true }, clear: [] });
    await scene.memory.enqueue([...someJobs(5, 'acme'), ...someJobs(5, 'umbrella')]);
    const { jobs } = await scene.after(1_500, scene.pool.ask('reserve', aDemand(), LONG));
    expect(jobs.map(({ tenant }) => tenant)).toEqual(new Array(5).fill('umbrella'));
  });
});

describe('a reserve that settles', () => {
  const ack = ({ tenant, id, token }: { tenant: string; id: string; token: string }) =>
    ({ tenant, id, token, outcome: 'ack' }) as const;

  test('is answered with both', async () => {
    const scene = await setup();
    const lease = await leaseOne(scene);
    const next = aJob('acme');
    await scene.after(10, scene.of('acme').ask('enqueue', { jobs: [next] }, ACT));

    const reply = await scene.after(10, scene.pool.ask('reserve', aDemand({ settlements: [ack(lease)] }), LONG));

    expect([reply.verdicts, ids(reply)]).toEqual([['OK'], [next.id]]);
  });

  test('does not wait while nothing is ready', async () => {
    const scene = await setup();
    const lease = await leaseOne(scene);
    const reply = await scene.after(10, scene.pool.ask('reserve', aDemand({ settlements: [ack(lease)] }), LONG));
    expect([reply.verdicts, ids(reply)]).toEqual([['OK'], []]);
  });

  test('tells what was settled when nothing can be reserved, and nothing when that failed', async () => {
    const scene = await setup();
    const [one, other] = [await leaseOne(scene), await leaseOne(scene)];
    await scene.memory.enqueue([aJob('acme')]);
    scene.tap.failing.add('reserve');
    const reply = await scene.after(2_000, scene.pool.ask('reserve', aDemand({ settlements: [ack(one)] }), LONG));
    expect([reply.verdicts, ids(reply)]).toEqual([['OK'], []]);

    scene.tap.failing.add('settle');
    const failed = scene.pool.ask('reserve', aDemand({ settlements: [ack(other)] }), LONG);
    await expect(scene.after(2_000, failed)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  test('of a tenant names no lease of another', async () => {
    const scene = await setup();
    const lease = await leaseOne(scene);
    const asked = scene.of('other').ask('reserve', aDemand({ settlements: [ack(lease)] }), LONG);
    await expect(scene.after(10, asked)).rejects.toMatchObject({ code: 'FOREIGN_TENANT' });
  });
});

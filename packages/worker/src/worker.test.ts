import { decodeData, TiercelError } from '@tiercel/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { aJob } from './broker.test.kit.js';
import { hostile } from './hostile.test.kit.js';
import type { KeeperHooks } from './keeper.js';
import { Runner } from './runner.js';
import { deferred, forEver, setup, untilAborted } from './setup.test.kit.js';

const settlements = (asks: readonly { kind: string; body: unknown }[]) =>
  asks.filter(({ kind }) => kind === 'settle').map(({ body }) => (body as { settlements: { outcome: string }[] }).settlements);

test('a job is reserved, run with its data and acknowledged with what its handler returned', async () => {
  const job = aJob({ data: { foo: 'bar' } });
  const { broker, worker, runs, advance } = await setup({ jobs: [job], work: ({ data }) => ({ saw: data }) });

  await advance(100);

  const { result, ...view } = await broker.view(job.id);
  expect(view).toMatchObject({ state: 'completed', attempt: 1, owner: 'worker-1' });
  expect(decodeData(result as Uint8Array)).toEqual({ saw: { foo: 'bar' } });
  expect(runs[0]).toMatchObject({ tenant: 'acme', queue: 'work', name: 'Work', id: job.id, attempt: 1 });
  expect(typeof runs[0]?.token).toBe('bigint');
  expect(worker.counters).toEqual({ started: 1, acked: 1, released: 0, buried: 0, lost: 0 });
});

test('a copy of what a handler is given has all its members', async () => {
  const { runs, advance } = await setup({ jobs: [aJob({ data: 1 })] });
  await advance(100);

  const copy = { ...runs[0] };

  expect(copy).toMatchObject({ data: 1, tenant: 'acme', attempt: 1, token: runs[0]?.token });
  expect(copy.signal).toBe(runs[0]?.signal);
  expect(typeof copy.log?.info).toBe('function');
});

test('a job done before a third of its delivery lease costs no extend', async () => {
  const { broker, advance } = await setup({ jobs: [aJob(), aJob()] });

  await advance(10_000);

  expect(broker.asks.filter(({ kind }) => kind === 'extend')).toEqual([]);
});

test('no more jobs run at once than the concurrency, and settlements of one turn go together', async () => {
  const gate = deferred();
  const jobs = Array.from({ length: 30 }, () => aJob());
  const { broker, worker, advance } = await setup({ jobs, concurrency: 12, work: () => gate.promise });

  await advance(1_000);
  expect(worker.running).toBe(12);
  gate.resolve();
  await advance(1_000);

  expect(worker.counters.acked).toBe(30);
  expect(settlements(broker.asks)[0]).toHaveLength(12);
});

test('a job that waits while a reserve is parked for long is not taken for lost', async () => {
  const job = aJob();
  const { broker, worker, advance } = await setup();

  await advance(9_000);
  await broker.enqueue(job);
  await advance(500);

  expect(worker.counters).toMatchObject({ started: 1, acked: 1, lost: 0 });
});

test('jobs whose reply comes after their delivery lease are not begun', async () => {
  const job = aJob();
  const { kit, broker, runs, advance } = await setup({ jobs: [job] });
  kit.hub.onDeliver(({ kind, subject }) => [kind === 'reply' && subject.includes('.reserve.') ? 6_000 : 1]);

  await advance(7_000);
  await broker.sweep();

  expect(runs).toEqual([]);
  expect(await broker.view(job.id)).toMatchObject({ state: 'ready', undelivered: 1, spent: 0 });
});

test('a long job is extended until it is done, and runs once', async () => {
  const gate = deferred();
  const job = aJob({ leaseMs: 6_000 });
  const { broker, worker, runs, advance } = await setup({ jobs: [job], work: () => gate.promise });

  for (let at = 0; at < 30; at++) {
    await advance(1_000);
    await broker.sweep();
  }
  gate.resolve();
  await advance(100);

  expect(runs).toHaveLength(1);
  expect(worker.counters).toMatchObject({ acked: 1, lost: 0 });
  const extends_ = broker.asks.filter(({ kind }) => kind === 'extend').length;
  expect(extends_).toBeGreaterThanOrEqual(14);
  expect(extends_).toBeLessThanOrEqual(17);
});

test('leases of many jobs are extended in one ask', async () => {
  const { broker, worker, advance } = await setup({
    jobs: Array.from({ length: 40 }, () => aJob()),
    concurrency: 40,
    work: forEver,
  });

  await advance(9_000);

  expect(worker.running).toBe(40);
  const extended = broker.asks
    .filter(({ kind }) => kind === 'extend')
    .map(({ body }) => (body as { leases: unknown[] }).leases.length);
  expect(extended).toEqual([40]);
});

test.each(hostile)('a handler that throws $what spends an attempt', async ({ thrown }) => {
  const work = () => {
    throw thrown();
  };
  const { broker, worker, advance } = await setup({ jobs: [aJob()], work });

  await advance(100);

  expect(worker.counters).toMatchObject({ started: 1, released: 1 });
  expect(worker.running).toBe(0);
  expect(settlements(broker.asks)[0]).toMatchObject([{ reason: 'threw something that cannot be shown', spend: true }]);
});

test('a run that is rejected is a failed attempt', async () => {
  const spy = vi
    .spyOn(Runner.prototype, 'run')
    .mockImplementation(() => ({ verdict: Promise.reject(new Error('a bug')), abort() {} }));
  onTestFinished(() => spy.mockRestore());
  const { broker, worker, advance } = await setup({ jobs: [aJob()] });

  await advance(100);

  expect(worker.running).toBe(0);
  expect(settlements(broker.asks)[0]).toMatchObject([{ reason: 'NO_VERDICT: the run itself failed', spend: true }]);
});

test('a handler that throws spends an attempt and waits out its backoff', async () => {
  const job = aJob({ backoffMs: 1_000 });
  const work = () => {
    throw new Error('no luck\nat all');
  };
  const { broker, advance } = await setup({ jobs: [job], work });

  await advance(50);

  const view = await broker.view(job.id);
  expect(view).toMatchObject({ state: 'scheduled', spent: 1, lostLeases: 0, reason: 'Error: no luck' });
});

test('an error that is not retryable buries the job at once', async () => {
  const job = aJob();
  const work = () => {
    throw new TiercelError('WRONG_STATE');
  };
  const { broker, worker, advance } = await setup({ jobs: [job], work });

  await advance(50);

  expect(await broker.view(job.id)).toMatchObject({ state: 'dead', reason: expect.stringMatching(/^WRONG_STATE: /) });
  expect(worker.counters.buried).toBe(1);
});

test.each([
  ['an unknown name', { name: 'Nobody' }, /^UNKNOWN_JOB: no handler here is named Nobody$/],
  ['a wrong checksum', { checksum: 7 }, /^CORRUPT: /],
  ['a payload that is not what its encoding says', { encoding: 'json' as const, payload: Uint8Array.of(123, 34) }, /^BAD_DATA: /],
])('%s buries the job without running anything', async (_, given, reason) => {
  const job = aJob(given);
  const { broker, runs, advance } = await setup({ jobs: [job] });

  await advance(50);

  expect(await broker.view(job.id)).toMatchObject({ state: 'dead', reason: expect.stringMatching(reason) });
  expect(runs).toEqual([]);
});

test('a payload that does not match its checksum has its record set aside', async () => {
  const { broker, advance } = await setup({ jobs: [aJob({ checksum: 7 }), aJob({ name: 'Nobody' })] });

  await advance(50);

  const [corrupt, unknown] = settlements(broker.asks).flat();
  expect(corrupt).toMatchObject({ outcome: 'bury', corrupt: true });
  expect(unknown).toMatchObject({ outcome: 'bury' });
  expect(unknown).not.toHaveProperty('corrupt');
});

test('data that the schema refuses buries the job', async () => {
  const job = aJob();
  const validate = async () => {
    throw new TiercelError('BAD_DATA', { at: 'data.foo', reason: 'expected text' });
  };
  const { broker, runs, advance } = await setup({ jobs: [job], validate });

  await advance(50);

  expect(await broker.view(job.id)).toMatchObject({ state: 'dead', reason: expect.stringContaining('data.foo') });
  expect(runs).toEqual([]);
});

test.each([
  ['too large', () => 'x'.repeat(70_000)],
  ['not plain', () => ({ socket: new Map() })],
])('a result that is %s buries the job instead of doing it again', async (_, work) => {
  const job = aJob();
  const { broker, advance } = await setup({ jobs: [job], work });

  await advance(50);

  expect(await broker.view(job.id)).toMatchObject({ state: 'dead', attempt: 1, reason: expect.stringMatching(/^BAD_RESULT: /) });
});

test('a handler is asked to stop when its time is up, and its attempt is spent', async () => {
  const job = aJob({ timeoutMs: 3_000 });
  const { broker, runs, advance } = await setup({ jobs: [job], work: untilAborted });

  await advance(2_900);
  expect(runs[0]?.signal.aborted).toBe(false);
  await advance(200);

  expect(runs[0]?.signal.reason).toMatchObject({ reason: 'timeout' });
  expect(await broker.view(job.id)).toMatchObject({ spent: 1, lostLeases: 0, reason: 'TIMEOUT: ran longer than 3000 ms' });
});

test('a handler that does not stop loses its job after the grace; "exit" hands the others back and gives the process up', async () => {
  const stuck = aJob({ timeoutMs: 2_000 });
  const other = aJob({ name: 'Other' });
  const others = [{ name: 'Other', isolation: 'inline' as const, run: untilAborted }];
  const { broker, exits, advance } = await setup({ jobs: [stuck, other], work: forEver, others, graceMs: 1_000, onStuck: 'exit' });

  await advance(3_100);
  expect(await broker.view(stuck.id)).toMatchObject({ spent: 1, reason: expect.stringMatching(/^TIMEOUT/) });
  await advance(2_000);

  expect(await broker.view(other.id)).toMatchObject({ state: 'ready', spent: 0, lostLeases: 0 });
  expect(exits).toEqual([70]);
});

test('"abandon" frees the slot of a handler that does not stop', async () => {
  const stuck = aJob({ timeoutMs: 2_000, attempts: 1 });
  const { broker, worker, exits, advance } = await setup({ jobs: [stuck], work: forEver, graceMs: 1_000, concurrency: 1 });

  await advance(3_500);

  expect(worker.running).toBe(0);
  expect(await broker.view(stuck.id)).toMatchObject({ state: 'dead' });
  expect(exits).toEqual([]);
});

test('a cancelled job hears of it at the next extend and ends cancelled when its handler stops', async () => {
  const job = aJob();
  const { broker, runs, advance } = await setup({ jobs: [job], work: untilAborted });
  await advance(100);

  await broker.store.cancel('acme', [job.id]);
  await advance(2_000);

  expect(runs[0]?.signal.reason).toMatchObject({ reason: 'cancelled' });
  expect(await broker.view(job.id)).toMatchObject({ state: 'cancelled' });
});

test('a cancelled job whose handler returns all the same is acknowledged', async () => {
  const job = aJob();
  const work: Parameters<typeof setup>[0] = { work: (input) => untilAborted(input).catch(() => 'done') };
  const { broker, advance } = await setup({ jobs: [job], ...work });
  await advance(100);

  await broker.store.cancel('acme', [job.id]);
  await advance(2_000);

  expect(await broker.view(job.id)).toMatchObject({ state: 'completed' });
});

test('a handler is told before its lease ends that nobody could extend it, and nothing is settled', async () => {
  const job = aJob({ leaseMs: 6_000 });
  const { kit, broker, worker, runs, advance } = await setup({ jobs: [job], work: untilAborted });
  await advance(2_000);

  kit.cut('worker', 'broker');
  await advance(5_500);

  expect(runs[0]?.signal.reason).toMatchObject({ reason: 'lease-lost' });
  expect((await broker.view(job.id)).atMs).toBeGreaterThan(kit.clock.now());
  kit.heal();
  await advance(30_000);
  expect(settlements(broker.asks)).toEqual([]);
  expect(worker.counters.lost).toBe(1);
});

test('a handler is told in time also when the extend that made its lease shorter is applied and its answer lost', async () => {
  const job = aJob({ leaseMs: 1_000 });
  const { kit, broker, runs, advance } = await setup({ jobs: [job], work: untilAborted });
  let applied = false;
  kit.hub.onDeliver(({ kind, subject }) => {
    if (!subject.includes('.extend.')) return [1];
    if (kind === 'reply' || applied) return [];
    applied = true;
    return [1];
  });

  for (let steps = 0; !applied && steps < 500; steps++) await advance(10);
  await advance(920);

  expect(runs[0]?.signal.reason).toMatchObject({ reason: 'lease-lost' });
  expect((await broker.view(job.id)).atMs).toBeGreaterThan(kit.clock.now());
});

test('a lease that another took over is lost at once', async () => {
  const job = aJob();
  const { broker, worker, runs, advance } = await setup({ jobs: [job], work: untilAborted, concurrency: 1 });
  await advance(100);

  await broker.sweep('worker-1');
  await advance(2_000);

  expect(runs[0]?.signal.reason).toMatchObject({ reason: 'lease-lost' });
  expect(worker.counters.lost).toBe(1);
});

test('a suspect without children runs when nothing else does, and nothing is taken beside it', async () => {
  const gate = deferred();
  const [slow, suspect, late] = [aJob({ data: 'slow' }), aJob({ data: 'suspect' }), aJob({ data: 'late' })];
  const ends = new Map([['slow', gate.promise]]);
  const alone = deferred();
  ends.set('suspect', alone.promise);
  const { broker, worker, runs, advance } = await setup({ work: ({ data }) => ends.get(data as string) });
  await broker.enqueue(slow);
  await advance(200);
  await makeSuspect(broker, suspect);
  await advance(200);
  expect(runs.map(({ data }) => data)).toEqual(['slow']);

  gate.resolve();
  await advance(200);
  await broker.enqueue(late);
  await advance(3_000);
  expect(runs.map(({ data }) => data)).toEqual(['slow', 'suspect']);
  alone.resolve();
  await advance(200);

  expect(runs.map(({ data }) => data)).toEqual(['slow', 'suspect', 'late']);
  expect(worker.counters).toMatchObject({ acked: 3, lost: 0 });
});

/** Lets a job be delivered to a worker that dies. */
async function makeSuspect(broker: Awaited<ReturnType<typeof setup>>['broker'], job: ReturnType<typeof aJob>): Promise<void> {
  const want = { tenant: 'acme', queue: 'work', max: 1 };
  await broker.enqueue(job);
  const bounds = { shard: 0, max: 1, maxBytes: 1_000, deliveryLeaseMs: 5_000, nonce: 'bbbbbbbb' };
  const { jobs } = await broker.store.reserve({ ...bounds, wants: [want], owner: 'dead' });
  await broker.store.extend(jobs);
  await broker.sweep('dead');
}

test('settlements are repeated while the broker is away, and settle once', async () => {
  const job = aJob();
  const { kit, broker, worker, runs, advance } = await setup({ jobs: [job], work: () => void kit.cut('worker', 'broker') });

  await advance(8_000);
  expect((await broker.view(job.id)).state).toBe('leased');
  kit.heal();
  await advance(3_000);

  expect(runs).toHaveLength(1);
  expect(await broker.view(job.id)).toMatchObject({ state: 'completed' });
  expect(worker.counters).toMatchObject({ acked: 1, lost: 0 });
});

test('a settlement that is refused for ever is buried and does not hold up the others', async () => {
  const gate = deferred();
  const jobs = Array.from({ length: 9 }, () => aJob());
  const { broker, worker, advance } = await setup({ jobs, work: () => gate.promise });
  const bad = jobs[4]?.id;
  broker.onAsk = (kind, body) => {
    const { settlements } = body as { settlements?: { id: string; outcome: string }[] };
    if (kind === 'settle' && settlements?.some(({ id, outcome }) => id === bad && outcome === 'ack'))
      throw new TiercelError('BAD_MESSAGE');
  };

  gate.resolve();
  await advance(1_000);

  expect(worker.counters).toMatchObject({ acked: 8, buried: 1 });
  expect(await broker.view(bad as string)).toMatchObject({ state: 'dead', reason: expect.stringMatching(/^BAD_MESSAGE: /) });
});

test('while the broker is away reserves are tried with growing pauses', async () => {
  const { broker, advance } = await setup();
  broker.onAsk = () => {
    throw new TiercelError('STORAGE_UNAVAILABLE');
  };
  await advance(11_000);
  const before = broker.asks.length;

  await advance(60_000);

  expect(broker.asks.length - before).toBeGreaterThan(8);
  expect(broker.asks.length - before).toBeLessThan(80);
});

test('a drain takes nothing more, lets jobs finish, and hands back what does not', async () => {
  const quick = deferred();
  const [first, second, third] = [aJob({ data: 1 }), aJob({ data: 2 }), aJob({ data: 3 })];
  const work = (input: Parameters<typeof untilAborted>[0]) =>
    input.data === 1 ? quick.promise : input.data === 2 ? untilAborted(input) : forEver();
  const { broker, worker, runs, advance } = await setup({ jobs: [first, second, third], work, graceMs: 1_000 });
  await advance(100);

  const drained = worker.drain(4_000);
  const late = aJob();
  await broker.enqueue(late);
  await advance(2_000);
  quick.resolve();
  await advance(4_000);
  await drained;

  expect(runs).toHaveLength(3);
  expect(runs[1]?.signal.reason).toMatchObject({ reason: 'draining' });
  expect((await broker.view(first.id)).state).toBe('completed');
  for (const job of [second, third, late]) {
    expect(await broker.view(job.id)).toMatchObject({ state: 'ready', spent: 0, lostLeases: 0, undelivered: 0 });
  }
});

test('leases are kept while a drain waits', async () => {
  const gate = deferred();
  const job = aJob({ leaseMs: 3_000 });
  const { broker, worker, advance } = await setup({ jobs: [job], work: () => gate.promise });
  await advance(100);

  const drained = worker.drain(60_000);
  for (let at = 0; at < 20; at++) {
    await advance(1_000);
    await broker.sweep();
  }
  gate.resolve();
  await advance(100);
  await drained;

  expect(await broker.view(job.id)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('a second drain waits for no handler', async () => {
  const job = aJob();
  const { broker, worker, advance } = await setup({ jobs: [job], work: forEver });
  await advance(100);

  const drained = worker.drain(60_000);
  await advance(100);
  void worker.drain();
  await advance(1_000);
  await drained;

  expect(await broker.view(job.id)).toMatchObject({ state: 'ready', spent: 0 });
});

test('after a drain or a kill no timer is left', async () => {
  const stopped = await setup({ jobs: [aJob()] });
  await stopped.advance(100);
  const drained = stopped.worker.stop();
  await stopped.advance(1_000);
  await drained;
  const killed = await setup({ jobs: [aJob()], work: forEver });
  await killed.advance(100);
  await killed.worker.kill();

  await stopped.advance(20_000);
  await killed.advance(20_000);
  expect(stopped.kit.clock.pending).toBe(0);
  expect(killed.kit.clock.pending).toBe(0);
  expect(killed.broker.asks.filter(({ kind }) => kind !== 'reserve')).toEqual([]);
});

test('a job that came back without having spent anything is begun only after a sign of life', async () => {
  const job = aJob();
  const { kit, broker, runs, advance } = await setup();
  const bounds = { shard: 0, max: 1, maxBytes: 1_000, deliveryLeaseMs: 5_000, nonce: 'bbbbbbbb' };
  await broker.enqueue(job);
  await broker.store.reserve({ ...bounds, wants: [{ tenant: 'acme', queue: 'work', max: 1 }], owner: 'dead' });
  await broker.sweep('dead');
  kit.hub.onDeliver(({ subject }) => (subject.includes('.extend.') ? [] : [1]));

  await advance(3_000);
  expect(runs).toEqual([]);
  kit.hub.onDeliver(undefined);
  await advance(3_000);

  expect(runs).toHaveLength(1);
  expect(await broker.view(job.id)).toMatchObject({ state: 'completed', undelivered: 1, attempt: 2 });
});

test('a job that gives no sign of life in time is not begun, and its place is filled again', async () => {
  const jobs = [aJob(), aJob()];
  const { kit, broker, worker, runs, advance } = await setup({ concurrency: 2 });
  const bounds = { shard: 0, max: 2, maxBytes: 1_000, deliveryLeaseMs: 5_000, nonce: 'bbbbbbbb' };
  await broker.enqueue(...jobs);
  await broker.store.reserve({ ...bounds, wants: [{ tenant: 'acme', queue: 'work', max: 2 }], owner: 'dead' });
  await broker.sweep('dead');
  kit.hub.onDeliver(({ subject }) => (subject.includes('.extend.') ? [] : [1]));
  await advance(6_000);
  expect(runs).toEqual([]);

  kit.hub.onDeliver(undefined);
  await broker.sweep();
  await advance(12_000);

  expect(worker.counters).toMatchObject({ started: 2, acked: 2, lost: 0 });
});

test('a lost keeper ends the worker: handlers are told, nothing is settled, the process is given up', async () => {
  const job = aJob();
  let hooks: KeeperHooks | undefined;
  const { broker, runs, exits, advance } = await setup({
    jobs: [job],
    work: untilAborted,
    wrapKeeper: (keeper) => (given) => {
      hooks = given;
      return keeper(given);
    },
  });
  await advance(100);

  hooks?.fault(new Error('gone'));
  await advance(100);

  expect(runs[0]?.signal.reason).toMatchObject({ reason: 'lease-lost' });
  expect(settlements(broker.asks)).toEqual([]);
  expect(exits).toEqual([70]);
});

test.each([
  ['a concurrency of 0', { concurrency: 0 }],
  ['a concurrency over a batch', { concurrency: 501 }],
  ['process isolation without files', { others: [{ name: 'Other', isolation: 'process' as const, run: () => {} }] }],
])('%s is refused', async (_, options) => {
  await expect(setup(options)).rejects.toMatchObject({ code: 'BAD_OPTION' });
});

import { type Log, realClock, silentLog } from '@tiercel/actors';
import { TiercelError } from '@tiercel/protocol';
import { afterEach, expect, test } from 'vitest';
import { type ConnectOptions, defineJob, type Job, Tiercel } from './index.js';

const opened: Tiercel[] = [];
afterEach(async () => {
  for (const tiercel of opened.splice(0)) await tiercel.close();
});

async function setup(jobs: readonly Job[] = [], options: ConnectOptions = {}) {
  const tiercel = await Tiercel.connect({ store: 'sync:', log: silentLog, ...options });
  opened.push(tiercel);
  if (jobs.length > 0) await tiercel.work(jobs);
  return { tiercel, dev: tiercel.tenant('dev') };
}

/** A kind of job that notes what it is given. */
function aKind(name: string, act: Job['handler'] = () => undefined, settings: Partial<Parameters<typeof defineJob>[1]> = {}) {
  const seen: unknown[] = [];
  const job = defineJob(name, { queue: 'q', ...settings }, (input) => {
    seen.push(input.data);
    return act(input);
  });
  return { job: job as Job, seen };
}

test('a job is done when enqueue answers, also one that was to wait, by its definition or by its name', async () => {
  const { job, seen } = aKind('Note', ({ data }) => `saw ${data}`);
  const { dev } = await setup([job]);

  const handles = [
    await dev.enqueue(job, 1),
    await dev.enqueue(job, 2, { delay: '7d' }),
    await dev.enqueue(job, 3, { at: new Date(realClock.now() + 86_400_000) }),
  ];
  const named = await dev.jobs.enqueue({ queue: 'q', name: 'Note', data: 4 });

  expect(seen).toEqual([1, 2, 3, 4]);
  expect([...handles, named].map(({ state }) => state)).toEqual(new Array(4).fill('completed'));
  expect(await handles[1]?.result()).toBe('saw 2');
  expect(handles[0]).toMatchObject({ durability: 'memory', duplicate: false });
});

test('a job that fails is tried again at once, up to its attempts, and tells why it died', async () => {
  let left = 2;
  const flaky = aKind('Flaky', () => {
    if (left-- > 0) throw new Error('not yet');
    return 'done';
  });
  const hopeless = aKind('Hopeless', () => Promise.reject(new TypeError('never')), { attempts: 3 });
  const { dev } = await setup([flaky.job, hopeless.job]);

  const [first, second] = [await dev.enqueue(flaky.job, null), await dev.enqueue(hopeless.job, null)];

  expect([await first.result(), flaky.seen.length]).toEqual(['done', 3]);
  expect([second.state, hopeless.seen.length]).toEqual(['dead', 3]);
  await expect(second.result()).rejects.toMatchObject({ code: 'JOB_FAILED', facts: { reason: 'TypeError: never' } });
  expect((await dev.jobs.dead()).jobs).toMatchObject([{ id: second.id, attempt: 3, spent: 3 }]);
});

test('a job without a limit of attempts does not fail for ever', async () => {
  const { job, seen } = aKind('Endless', () => Promise.reject(new Error('no')), { attempts: 0 });
  const { dev } = await setup([job]);

  const { state } = await dev.enqueue(job, null);

  expect([state, seen.length]).toEqual(['dead', 100]);
});

test('what is refused is refused here as anywhere, and what a handler throws is logged as it was thrown', async () => {
  const lines: object[] = [];
  const log: Log = { ...silentLog, warn: (facts) => void lines.push(facts), child: () => log };
  const thrown = new TiercelError('WRONG_STATE', { id: 'x' });
  const { job } = aKind('Refuse', () => Promise.reject(thrown));
  const { dev } = await setup([job], { log });

  await expect(dev.enqueue(job, null, { delay: 'soon' as never })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  await expect(dev.enqueue(job, 'x'.repeat(300_000))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  const dead = await dev.enqueue(job, null, { id: 'one' });

  expect(dead.state).toBe('dead');
  expect(lines).toContainEqual({ err: thrown });
  await expect(dev.enqueue(job, 'other', { id: 'one' })).rejects.toMatchObject({ code: 'DUPLICATE_ID' });
});

test('handlers enqueue more jobs, as deep as they like, and each is done before the one that wanted it', async () => {
  const order: string[] = [];
  const nest = defineJob('Nest', { queue: 'q' }, async ({ data }) => {
    const depth = data as number;
    if (depth > 0) await dev.enqueue(nest as Job, depth - 1);
    order.push(`done ${depth}`);
  });
  const { dev } = await setup([nest as Job]);

  await dev.enqueue(nest as Job, 100);

  expect(order).toEqual(Array.from({ length: 101 }, (_, depth) => `done ${depth}`));
});

test('enqueues made at once are all done, each once', async () => {
  const { job, seen } = aKind('Slow', () => new Promise((resolve) => setImmediate(resolve)));
  const { dev } = await setup([job]);

  const answers = await dev.enqueueMany(
    job,
    Array.from({ length: 50 }, (_, n) => n),
  );

  expect(answers.map((answer) => answer.status === 'fulfilled' && answer.value.state)).toEqual(new Array(50).fill('completed'));
  expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 50 }, (_, n) => n));
});

test('the same id is performed once', async () => {
  const { job, seen } = aKind('Once');
  const { dev } = await setup([job]);
  await dev.enqueue(job, 1, { id: 'one' });

  expect(await dev.enqueue(job, 1, { id: 'one' })).toMatchObject({ duplicate: true, state: 'completed' });
  expect(seen).toEqual([1]);
});

test('what nobody performs waits, until somebody does', async () => {
  const { job, seen } = aKind('Late');
  const { tiercel, dev } = await setup();
  const early = await dev.enqueue(job, 1);
  expect(early.state).toBe('ready');

  const worker = await tiercel.work([job]);
  expect([seen, (await early.status())?.state, worker.counters.acked]).toEqual([[1], 'completed', 1]);
  await worker.close();

  expect((await dev.enqueue(job, 2)).state).toBe('ready');
});

test('a worker for one tenant performs no other’s jobs, and a job without a handler is a dead letter', async () => {
  const { job } = aKind('Mine');
  const { tiercel, dev } = await setup();
  await tiercel.work([job], { tenant: 'acme' });

  expect((await tiercel.tenant('acme').enqueue(job, null)).state).toBe('completed');
  expect((await dev.enqueue(job, null)).state).toBe('ready');
  const unknown = await tiercel.tenant('acme').jobs.enqueue({ queue: 'q', name: 'Nobody' });
  expect(await tiercel.tenant('acme').jobs.find(unknown.id)).toMatchObject({ reason: expect.stringMatching(/^UNKNOWN_JOB/) });
});

test('a dead letter that is revived, and a queue that is resumed, are performed at once', async () => {
  let broken = true;
  const { job, seen } = aKind('Mended', () => {
    if (broken) throw new TiercelError('WRONG_STATE');
  });
  const { dev } = await setup([job]);
  const { id } = await dev.enqueue(job, 1);
  broken = false;

  await dev.jobs.revive([id]);
  expect((await dev.jobs.find(id))?.state).toBe('completed');
  await dev.jobs.pause('q');
  expect((await dev.enqueue(job, 2)).state).toBe('ready');
  await dev.jobs.resume('q');

  expect(seen).toEqual([1, 1, 2]);
});

test('a handler that outstays its time and its grace is given up', async () => {
  const { job } = aKind('Stuck', () => new Promise(() => {}), { timeout: 20, attempts: 1 });
  const { tiercel, dev } = await setup();
  await tiercel.work([job], { graceMs: 10 });

  const { state, id } = await dev.enqueue(job, null);

  expect([state, (await dev.jobs.find(id))?.reason]).toEqual(['dead', 'TIMEOUT: ran longer than 20 ms']);
});

test('it is never mixed with brokers elsewhere', async () => {
  await expect(Tiercel.connect({ store: 'sync:', nats: 'nats://127.0.0.1:9' })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
});

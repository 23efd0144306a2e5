import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@tiercel/actors';
import { codeOf } from '@tiercel/protocol';
import { afterEach, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type ConnectOptions, defineJob, type JobHandle, Tiercel } from './index.js';

const opened: Tiercel[] = [];
afterEach(async () => {
  for (const tiercel of opened.splice(0)) await tiercel.close();
});

async function setup(options: ConnectOptions = {}) {
  const tiercel = await Tiercel.connect({ store: 'memory:', ...options });
  opened.push(tiercel);
  return { tiercel, dev: tiercel.tenant('dev') };
}

const greet = defineJob(
  'Greet',
  { queue: 'greetings', data: z.object({ name: z.string().trim(), times: z.coerce.number() }) },
  ({ data, tenant }) => {
    expectTypeOf(data).toEqualTypeOf<{ name: string; times: number }>();
    return `${tenant}: ${data.name.repeat(data.times)}`;
  },
);

test('a job is performed with the data its schema made, and its result is typed', async () => {
  const { tiercel, dev } = await setup();
  await tiercel.work([greet]);

  const job = await dev.enqueue(greet, { name: ' ho ', times: 2 });

  expectTypeOf(job).toEqualTypeOf<JobHandle<string>>();
  expect(await job.result()).toBe('dev: hoho');
  expect(job).toMatchObject({ tenant: 'dev', state: 'ready', duplicate: false, durability: 'memory' });
});

test('data the schema refuses is refused at once, naming the place, and nothing is stored', async () => {
  const { dev } = await setup();

  const refused = dev.enqueue(greet, { name: 7 as never, times: 1 });

  await expect(refused).rejects.toMatchObject({ code: 'BAD_DATA', facts: { job: 'Greet', at: 'data.name' } });
  expect(await dev.jobs.queues()).toEqual([]);
});

test('a handler gets a token that grows with every attempt, and a job that gives up tells why', async () => {
  const { tiercel, dev } = await setup();
  const tokens: bigint[] = [];
  const flaky = defineJob('Flaky', { queue: 'q', attempts: 3, backoff: { delay: 1, max: 1 } }, ({ token }) => {
    tokens.push(token);
    throw new Error('no luck');
  });
  await tiercel.work([flaky]);

  const job = await dev.enqueue(flaky, null);

  await expect(job.result()).rejects.toMatchObject({ code: 'JOB_FAILED', facts: { state: 'dead', reason: 'Error: no luck' } });
  expect(tokens).toHaveLength(3);
  expect([...tokens].sort((a, b) => (a < b ? -1 : 1))).toEqual(tokens);
  expect(await job.status()).toMatchObject({ spent: 3, attempt: 3 });
});

test('the same id is one job, and another tenant does not see it', async () => {
  const { tiercel, dev } = await setup();
  const first = await dev.enqueue(greet, { name: 'a', times: 1 }, { id: 'one' });
  const again = await dev.enqueue(greet, { name: 'a', times: 1 }, { id: 'one' });

  expect([first.duplicate, again.duplicate]).toEqual([false, true]);
  await expect(dev.enqueue(greet, { name: 'b', times: 1 }, { id: 'one' })).rejects.toMatchObject({ code: 'DUPLICATE_ID' });
  await expect(tiercel.tenant('acme').job('one')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect((await dev.job('one')).id).toBe('one');
});

test('a job that waits can be cancelled, and is never performed', async () => {
  const { tiercel, dev } = await setup();
  const performed: string[] = [];
  const note = defineJob('Note', { queue: 'q' }, ({ id }) => void performed.push(id));
  const [cancelled, kept] = [await dev.enqueue(note, null, { delay: '20ms' }), await dev.enqueue(note, null, { delay: '30ms' })];

  expect(await cancelled.cancel()).toEqual({ code: 'OK', state: 'cancelled' });
  await tiercel.work([note]);
  await kept.result();

  expect(performed).toEqual([kept.id]);
  await expect(cancelled.result()).rejects.toMatchObject({ code: 'JOB_FAILED', facts: { state: 'cancelled' } });
});

test('large results of many jobs all come, though no one reply carries them', async () => {
  const { tiercel, dev } = await setup();
  const large = defineJob('Large', { queue: 'q' }, () => 'x'.repeat(60_000));
  await tiercel.work([large], { concurrency: 40 });
  const jobs = await Promise.all(Array.from({ length: 40 }, () => dev.enqueue(large, null)));
  await Promise.all(jobs.map((job) => job.result()));

  const results = await Promise.all(jobs.map((job) => job.result()));

  expect(results.map((result) => result?.length)).toEqual(new Array(40).fill(60_000));
});

test('many at once are answered one by one', async () => {
  const { tiercel, dev } = await setup();
  await tiercel.work([greet], { concurrency: 50 });

  const answers = await dev.enqueueMany(greet, [
    { name: 'a', times: 1 },
    { name: 7 as never, times: 1 },
    { name: 'c', times: 1 },
  ]);

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('what cannot be is refused where it is written', async () => {
  const { tiercel } = await setup();

  expect(() => defineJob('Bad', { queue: 'no blanks' }, () => {})).toThrow(/BAD_NAME/);
  expect(() => defineJob('Bad', { queue: 'q', timeout: 'soon' as never }, () => {})).toThrow(/BAD_OPTION/);
  expect(() => tiercel.tenant('../acme')).toThrow(/BAD_NAME/);
  await expect(Tiercel.connect({ nats: 'http://x' })).rejects.toMatchObject({ code: 'BAD_CONFIG' });
  expect(codeOf(await Tiercel.connect({ store: 'mysql://x' }).catch((error) => error))).toBe('BAD_CONFIG');
});

/** A directory to work in that nobody else has; left and removed when the test ends. */
async function freshDirectory(): Promise<string> {
  const [before, directory] = [process.cwd(), await mkdtemp(join(tmpdir(), 'tiercel-'))];
  process.chdir(directory);
  onTestFinished(() => {
    process.chdir(before);
    return rm(directory, { recursive: true });
  });
  return directory;
}

/** Where nothing is named. */
async function reopened(): Promise<Tiercel> {
  const tiercel = await Tiercel.connect({ log: silentLog });
  opened.push(tiercel);
  return tiercel;
}

test('where no storage is named jobs are kept in a directory, and are there for the next who comes', async () => {
  const directory = await freshDirectory();
  const first = await reopened();
  const { durability } = await first.tenant('dev').enqueue(greet, { name: 'a', times: 2 }, { id: 'kept' });

  expect(['power-loss', 'process-crash']).toContain(durability); // the second where temporary files are kept in memory
  expect(await readdir(directory)).toEqual(['.tiercel']);
  await first.close();

  const second = await reopened();
  await second.work([greet]);
  expect(await (await second.tenant('dev').job('kept')).result()).toBe('dev: aa');
});

test('one of those who share a directory keeps its jobs, and the others reach them through it', async () => {
  await freshDirectory();
  const [owner, other] = [await reopened(), await reopened()];
  await other.work([greet]);

  const job = await owner.tenant('dev').enqueue(greet, { name: 'a', times: 2 });
  const back = await other.tenant('dev').enqueue(greet, { name: 'b', times: 1 });

  expect([owner.mode, other.mode]).toEqual(['embedded', 'remote']);
  expect([await job.result(), await back.result()]).toEqual(['dev: aa', 'dev: b']);
});

test('who reached the jobs of a directory through another goes on with the next that keeps them', async () => {
  await freshDirectory();
  const [owner, other] = [await reopened(), await reopened()];

  await owner.close();
  const asked = other.tenant('dev').enqueue(greet, { name: 'a', times: 2 });
  const next = await reopened();
  await next.work([greet]);

  expect(next.mode).toBe('embedded');
  expect(await (await asked).result()).toBe('dev: aa');
});

test('two who come at the same time do not both keep the jobs', async () => {
  await freshDirectory();

  const both = await Promise.all([reopened(), reopened()]);

  expect(both.map(({ mode }) => mode).sort()).toEqual(['embedded', 'remote']);
});

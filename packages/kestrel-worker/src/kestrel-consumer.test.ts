import { eventually, pause } from '@tiercel/test-support';
import { expect, test } from 'vitest';
import { isAlive, QUEUE, setup } from './setup.test.kit.js';

const ERRORS = `${QUEUE}_errors`;
const DEAD = `${QUEUE}_dead`;
const QUARANTINE = `${QUEUE}_quarantine`;
const HOUR_MS = 3_600_000;

test('a job is handed to its handler, in a process of its own, and its item is gone', async () => {
  const { server, item, notes, counts } = await setup();

  server.put(QUEUE, item('Ok', { n: 1 }));

  await eventually(() => counts.performed === 1);
  expect(notes()).toEqual([expect.objectContaining({ name: 'Ok', tenant: 'acme', attempt: 1, env: 'test' })]);
  expect(notes()[0]?.pid).not.toBe(process.pid);
  expect({ open: server.open, left: server.texts(QUEUE) }).toEqual({ open: 0, left: [] });
});

test('an item of 3 MiB is a job like any other', async () => {
  const { server, item, counts } = await setup();

  server.put(QUEUE, item('Ok', { text: 'x'.repeat(3 * 1024 * 1024) }));

  await eventually(() => counts.performed === 1);
  expect([server.texts(DEAD), server.texts(ERRORS)]).toEqual([[], []]);
});

test('a job that fails comes back later, lets others pass, and is given up after its attempts', async () => {
  const { server, item, notes, counts, lines } = await setup({ allowance: { attempts: 3, backoffMs: 600, backoffMaxMs: 600 } });

  server.put(QUEUE, item('Throw'));
  server.put(QUEUE, item('Ok'));

  await eventually(() => counts.performed === 4);
  expect(notes().map(({ name, attempt }) => `${name} ${attempt}`)).toEqual(['Throw 1', 'Ok 1', 'Throw 2', 'Throw 3']);
  const [first, , second, third] = notes();
  expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(300);
  expect(third!.atMs - second!.atMs).toBeGreaterThanOrEqual(300);
  expect(new Set([first!.id, second!.id, third!.id]).size).toBe(1);
  expect({ left: server.texts(QUEUE), failed: server.texts(ERRORS), open: server.open }).toEqual({ left: [], failed: [], open: 0 });
  expect(JSON.parse(server.texts(DEAD)[0] as string)).toMatchObject({
    instance: 'acme',
    jobName: 'Throw',
    tiercel: { id: first!.id, attempts: 3, reason: 'TypeError: not today' },
  });
  expect(lines('job given up')).toEqual([expect.objectContaining({ facts: expect.objectContaining({ to: DEAD, attempt: 3 }) })]);
});

test.each([
  ['exits under its job', 'Exit', 'EXIT 7'],
  ['runs for too long', 'Short', 'TIMEOUT: ran longer than 100 ms'],
  ['throws with one attempt', 'Once', 'TypeError: not today'],
  ['is not there', 'Nobody', 'UNKNOWN_JOB: no handler here is named Nobody'],
])('a handler that %s costs its job an attempt and not the consumer its life', async (_what, name, reason) => {
  const { server, item, counts } = await setup({
    allowance: { backoffMs: 20, backoffMaxMs: 20, ...(name === 'Exit' && { attempts: 1 }) },
  });

  server.put(QUEUE, item(name));
  server.put(QUEUE, item('Ok'));

  await eventually(() => counts.performed === 2);
  expect(JSON.parse(server.texts(DEAD)[0] as string)).toMatchObject({ tiercel: { attempts: 1, reason } });
});

test.each([
  ['names no instance', '{"jobName":"Ok"}'],
  ['names no job', '{"instance":"acme","data":1}'],
  ['is no JSON', 'hello'],
  ['is no text', Uint8Array.of(0xff, 0, 0xfe)],
])('an item that %s is set aside as it is', async (_what, item) => {
  const { server, lines, counts } = await setup({ items: [item] });

  await eventually(() => lines('item quarantined: it is no job').length === 1);

  expect(server.queues.get(QUARANTINE)?.map((bytes) => [...bytes])).toEqual([[...Buffer.from(item)]]);
  expect({ left: server.texts(QUEUE), open: server.open, performed: counts.performed }).toEqual({
    left: [],
    open: 0,
    performed: 0,
  });
});

test.each(['0', '""', '[]', 'false', 'null', '{"n":12345678901234567890}'])('a command is told data of %s', async (data) => {
  const { notes, counts } = await setup({ byCommand: true, items: [`{"instance":"acme","jobName":"A","data":${data}}`] });

  await eventually(() => counts.performed === 1);

  const encoded = Buffer.from(data).toString('base64');
  expect(notes()[0]?.vector).toEqual(['-e', 'test', '-i', 'acme', '-j', 'A', encoded]);
});

test('a command is told no data where there are none, and no shell reads what it is told', async () => {
  const instance = '$(touch /tmp/x); `id` "\' -x';
  const { notes, counts } = await setup({ byCommand: true, items: [JSON.stringify({ instance, jobName: '--help; exit 3' })] });

  await eventually(() => counts.performed === 1);

  expect(notes()[0]?.vector).toEqual(['-e', 'test', '-i', instance, '-j', '--help; exit 3']);
});

test('a command that does not end with 0 has failed', async () => {
  const { server, counts } = await setup({
    byCommand: true,
    items: ['{"instance":"acme","jobName":"3"}'],
    allowance: { backoffMs: HOUR_MS, backoffMaxMs: HOUR_MS },
  });

  await eventually(() => counts.performed === 1);

  expect(JSON.parse(server.texts(ERRORS)[0] as string)).toMatchObject({ jobName: '3', tiercel: { spent: 1, reason: 'EXIT: 3' } });
});

test('data that no command can be told are given up at once', async () => {
  const data = 'x'.repeat(150_000);
  const { server, counts } = await setup({ byCommand: true, items: [JSON.stringify({ instance: 'acme', jobName: 'A', data })] });

  await eventually(() => counts.performed === 1);

  expect(JSON.parse(server.texts(DEAD)[0] as string)).toMatchObject({
    data,
    tiercel: { reason: expect.stringMatching(/^E2BIG: /) },
  });
});

test('a command whose time is up is ended', async () => {
  const { notes, counts } = await setup({
    byCommand: true,
    items: ['{"instance":"acme","jobName":"Sleep"}'],
    allowance: { timeoutMs: 1_500, attempts: 1 },
  });

  await eventually(() => counts.performed === 1);

  expect(isAlive(notes()[0]!.pid)).toBe(false);
});

test('a server that is away is no empty queue: it is told once, waited for from the start on, and told when it is back', async () => {
  const { server, item, counts, lines } = await setup({ away: true });
  await eventually(() => lines('server away').length === 1);

  server.put(QUEUE, item('Ok'));
  await pause(1_000);
  expect(counts).toEqual({ empty: 0, performed: 0 });
  await server.start();
  await eventually(() => counts.performed === 1);

  expect([lines('server away').length, lines('server back').length]).toEqual([1, 1]);
  expect(lines('server back')[0]?.facts).toMatchObject({ tries: expect.any(Number) });
  expect(Number(lines('server back')[0]?.facts.tries)).toBeLessThan(15);
});

test('a job whose connection is lost is stopped, and performed again by whoever gets it', async () => {
  const { server, item, notes, counts, lines } = await setup();
  server.put(QUEUE, item('Wait'));
  await eventually(() => notes().length === 1);

  server.cut();
  await eventually(() => notes().length === 2);

  expect(lines('read lost, and the job with it')).toHaveLength(1);
  expect(counts.performed).toBe(1);
  expect({ failed: server.texts(ERRORS), dead: server.texts(DEAD) }).toEqual({ failed: [], dead: [] });
});

test('who is told to end finishes the job that runs and takes no other', async () => {
  const { server, item, notes, consumer } = await setup();
  server.put(QUEUE, item('Pause'));
  server.put(QUEUE, item('Ok'));
  await eventually(() => notes().length === 1);

  await consumer.drain(10_000);

  expect(notes().map(({ name }) => name)).toEqual(['Pause']);
  expect(server.texts(QUEUE)).toEqual([item('Ok')]);
});

test('a job that does not end in time is given back as it was, and its process is gone', async () => {
  const { server, item, notes, consumer } = await setup();
  server.put(QUEUE, item('Wait'));
  await eventually(() => notes().length === 1);

  await consumer.drain(100);

  expect({ left: server.texts(QUEUE), failed: server.texts(ERRORS) }).toEqual({ left: [item('Wait')], failed: [] });
  await eventually(() => !isAlive(notes()[0]!.pid));
});

test('the end comes after so many jobs', async () => {
  const { server, item, running, notes } = await setup({ maxJobs: 2 });
  for (const n of [1, 2, 3]) server.put(QUEUE, item('Ok', { n }));

  await running;

  expect(notes()).toHaveLength(2);
  expect(server.texts(QUEUE)).toHaveLength(1);
});

test('a server that answers at once is not asked again and again', async () => {
  const { server, item, counts } = await setup();
  server.waits = false;
  server.cut();
  await pause(500);
  server.gets.length = 0;

  await pause(2_000);

  expect(server.gets.length).toBeLessThan(12);
  server.put(QUEUE, item('Ok'));
  await eventually(() => counts.performed === 1);
});

test('a failed job that cannot be set is held until it can', async () => {
  const { server, item, counts, lines } = await setup({ allowance: { backoffMs: HOUR_MS, backoffMaxMs: HOUR_MS } });
  server.full.add(ERRORS);
  server.put(QUEUE, item('Throw'));
  await eventually(() => lines('server refuses, and is asked again until it does not').length === 1);
  expect({ open: server.open, left: server.texts(QUEUE) }).toEqual({ open: 1, left: [] });

  server.full.delete(ERRORS);

  await eventually(() => counts.performed === 1);
  expect(server.texts(ERRORS)).toHaveLength(1);
});

test('among failed jobs one that is due does not wait for those that are not', async () => {
  const { server, item, notes } = await setup();
  const marked = (name: string, readyAtMs: number, id: string) =>
    JSON.stringify({ ...JSON.parse(item(name)), tiercel: { id, spent: 1, readyAtMs, reason: 'EXIT: 1' } });
  for (const id of ['a', 'b', 'c']) server.put(ERRORS, marked('Throw', Date.now() + HOUR_MS, id));
  server.put(ERRORS, marked('Ok', Date.now() + 500, 'due'));
  server.put(ERRORS, marked('Ok', 1e15, 'unbelievable'));

  await eventually(() => notes().length === 2);

  expect(
    notes()
      .map(({ id, attempt }) => `${id} ${attempt}`)
      .sort(),
  ).toEqual(['due 2', 'unbelievable 2']);
  await eventually(() => server.open === 0);
  expect(server.texts(ERRORS)).toHaveLength(3);
});

test('jobs that failed and cannot be put anywhere keep nobody from the queue', async () => {
  const { server, item, counts, lines } = await setup();
  const late = { id: 'late', spent: 1, readyAtMs: Date.now() + HOUR_MS, reason: 'EXIT: 1' };
  server.put(ERRORS, JSON.stringify({ ...JSON.parse(item('Throw')), tiercel: late }));
  server.full.add(ERRORS);

  for (const n of [1, 2, 3]) server.put(QUEUE, item('Ok', { n }));

  await eventually(() => counts.performed === 3, { withinMs: 3_000 });
  expect(lines('server back')).toEqual([]);
  await eventually(() => server.open === 0);
  expect(server.texts(ERRORS)).toHaveLength(1);
});

test('jobs that failed and those that did not are performed in turn', async () => {
  const due = { spent: 1, readyAtMs: 0, reason: 'EXIT: 1' };
  const { running, notes } = await setup({
    maxJobs: 6,
    prepare(server, item) {
      for (const id of ['a', 'b', 'c']) {
        server.put(ERRORS, JSON.stringify({ ...JSON.parse(item('Ok')), tiercel: { id, ...due } }));
        server.put(QUEUE, item('Ok'));
      }
    },
  });

  await running;

  expect(notes().map(({ attempt }) => attempt)).toEqual([2, 1, 2, 1, 2, 1]);
});

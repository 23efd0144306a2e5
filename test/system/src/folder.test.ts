import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@tiercel/test-support';
import type { JobView } from 'tiercel';
import { expect, test } from 'vitest';
import { Folder, type Program } from './folder.js';
import { type Installation, isAlive } from './installation.js';

// The four services, commands and programs on a machine without any server: no NATS, no Redis.

const handlers = (name: string) => fileURLToPath(new URL(`./handlers/${name}.js`, import.meta.url));
const SERVICES = ['broker-adapter', 'consumer', 'producer'] as const;
const BACK_WITHIN_MS = 5_000;
const MINUTE = 60_000;

async function running(folder: Folder, ...flags: string[]): Promise<Installation> {
  const dev = folder.dev(...flags);
  for (const service of SERVICES) await dev.up(service, 1).catch((error) => Promise.reject(new Error(`${error}\n${dev.tail(30)}`)));
  return dev;
}

/** Waits until a job is, as this process is told over the folder's socket. */
async function becomes(folder: Folder, id: string, is: (job: JobView) => boolean): Promise<JobView> {
  const dev = (await folder.connect()).tenant('dev');
  const look = async () => {
    const job = await (await dev.job(id)).status();
    return job && is(job) ? job : undefined;
  };
  return eventually(look, { withinMs: 20_000, what: `the wanted state of ${id}` });
}

const isCompleted = ({ state }: JobView) => state === 'completed';

/** Kills one, and resolves with the pid of its next life. */
async function kill(dev: Installation, service: (typeof SERVICES)[number]): Promise<number> {
  const [before] = await dev.up(service, 1);
  process.kill(before as number, 'SIGKILL');
  return eventually(() => dev.pids(service).find((pid) => pid !== before), {
    withinMs: BACK_WITHIN_MS,
    what: `a new ${service}`,
  });
}

test('dev runs the four as processes, and commands in a second terminal of the same folder just work', async () => {
  const folder = new Folder();
  const dev = await running(folder, '--handlers', handlers('ledger-job'));

  const pids = [dev.supervisorPid, ...SERVICES.flatMap((service) => dev.pids(service))];
  expect(new Set(pids).size).toBe(4);
  expect(await folder.json('enqueue', 'hello_world', 'HelloWorld', '{"foo":"bar"}', '--id', 'one')).toMatchObject({
    state: 'ready',
  });
  await becomes(folder, 'one', isCompleted);
  await folder.json('enqueue', 'parked', 'HelloWorld', '--delay', '1h', '--id', 'later');
  expect(await folder.json('job', 'cancel', 'later')).toMatchObject({ state: 'cancelled' });
  expect((await folder.tiercel('queue', 'ls')).stdout).toMatch(/^queue +ready/);
  expect((await folder.tiercel('dead', 'ls')).code).toBe(0);

  expect(folder.ledger.read().map(({ id }) => id)).toEqual(['one']);
  expect(await dev.stop()).toBe(0);
  const over = await folder.tiercel('queue', 'ls', '--socket', '.tiercel/tiercel/socket');
  expect({ code: over.code, stderr: over.stderr }).toEqual({ code: 5, stderr: expect.stringMatching(/^UNREACHABLE: nobody.*\n$/) });
});

test('a consumer that is started in a second terminal of the folder joins what runs there', async () => {
  const folder = new Folder();
  await folder.dev().up('broker-adapter', 1);
  const { code, stdout } = await folder.tiercel('enqueue', 'hello_world', 'HelloWorld', '{"foo":"bar"}', '--id', 'one');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('ready') });

  await folder.start('start', 'consumer', '--handlers', handlers('ledger-job')).up('consumer', 1);

  await becomes(folder, 'one', isCompleted);
});

test('the leases of a killed consumer come back at once, and another goes on', async () => {
  const folder = new Folder();
  const dev = await running(folder, '--handlers', handlers('stubborn-jobs'));
  await folder.json('enqueue', 'stubborn', 'Sleeper', '{"ms":4000}', '--id', 'slow', '--lease', '10m');
  await becomes(folder, 'slow', ({ atMs }) => atMs > Date.now() + MINUTE); // the keeper has extended it

  await kill(dev, 'consumer');

  expect(await becomes(folder, 'slow', isCompleted)).toMatchObject({ attempt: 2, lostLeases: 1 });
  expect(folder.ledger.read()).toHaveLength(2);
});

test('a killed broker-adapter is healed, everybody connects again by himself, and what runs meanwhile is kept', async () => {
  const folder = new Folder();
  const dev = await running(folder, '--handlers', handlers('stubborn-jobs'));
  const asker = folder.program('ask');
  await eventually(() => asker.said.length >= 2, { what: 'a program that waits for its job' });
  await folder.json('enqueue', 'stubborn', 'Sleeper', '{"ms":3000}', '--id', 'slow', '--lease', '5s');
  await eventually(() => folder.ledger.read().length === 1, { what: 'a running job' });

  await kill(dev, 'broker-adapter');
  await folder.json('enqueue', 'stubborn', 'Sleeper', '{"ms":1}', '--id', 'next');
  await becomes(folder, 'next', isCompleted);
  expect(await becomes(folder, 'slow', isCompleted)).toMatchObject({ attempt: 1 });
  const worker = folder.program('work');
  await eventually(() => asker.said.some(({ result }) => result === worker.child.pid), { what: 'the answer to the program' });

  expect(folder.ledger.read().filter(({ id }) => id === 'slow')).toHaveLength(1);
});

test('jobs survive the kill of everything, and the next dev goes on with them', async () => {
  const folder = new Folder();
  const dev = await running(folder, '--handlers', handlers('stubborn-jobs'));
  await folder.json('enqueue', 'stubborn', 'Sleeper', '{"ms":60000}', '--id', 'held', '--lease', '2s', '--timeout', '500ms');
  await folder.json('enqueue', 'hello_world', 'HelloWorld', '--id', 'waits');
  await eventually(() => folder.ledger.read().length === 1, { what: 'a running job' });

  const all = [dev.supervisorPid, ...SERVICES.flatMap((service) => dev.pids(service))];
  for (const pid of all) process.kill(pid, 'SIGKILL');
  await eventually(() => !all.some(isAlive), { what: 'the end of all' });
  await running(folder, '--handlers', handlers('stubborn-jobs'), '--handlers', handlers('ledger-job'));

  await becomes(folder, 'waits', isCompleted);
  await eventually(() => folder.ledger.read().filter(({ id }) => id === 'held').length > 1, { what: 'the job that was held' });
});

const modeOf = async ({ said }: Program) => (await eventually(() => said.find(({ mode }) => mode), { what: 'a connection' })).mode;

test('of two programs in a folder one keeps the jobs; when it is killed the other waits, and goes on with the next', async () => {
  const folder = new Folder();
  const owner = folder.program('work');
  expect(await modeOf(owner)).toBe('embedded');
  const asker = folder.program('ask');
  expect(await modeOf(asker)).toBe('remote');
  await once(asker.child, 'exit');
  expect(asker.said.at(-1)).toEqual({ result: owner.child.pid });

  const other = folder.program('work');
  expect(await modeOf(other)).toBe('remote');
  owner.child.kill('SIGKILL');
  await once(owner.child, 'exit');
  const next = folder.program('ask');

  expect(await modeOf(next)).toBe('embedded');
  await once(next.child, 'exit');
  expect(next.said.at(-1)).toEqual({ result: other.child.pid });
});

test('a folder that is in use is not used by a second dev, and a program joins the first', async () => {
  const folder = new Folder();
  await running(folder, '--handlers', handlers('ledger-job'));

  const second = await folder.tiercel('dev', '--handlers', handlers('ledger-job'));
  const program = folder.program('ask');

  expect(second.code).toBe(4);
  expect(second.stderr).toMatch(/^STORAGE_OWNED: .*\.tiercel\/tiercel\/socket.*stop it.*\n$/);
  expect(await modeOf(program)).toBe('remote');
});

test('more brokers than can own a folder are refused in one line', async () => {
  const { code, stderr } = await new Folder().tiercel('dev', '--brokers', '2');

  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^BAD_CONFIG: --brokers: expected at most 1.*\n$/) });
});

test('something else in the place of the socket is left there, and told with what to do', async () => {
  const folder = new Folder();
  mkdirSync(join(folder.path, '.tiercel', 'tiercel'), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder.path, '.tiercel', 'tiercel', 'socket'), 'mine');

  const { code, stderr } = await folder.tiercel('dev', '--handlers', handlers('ledger-job'));

  expect(code).toBe(2);
  expect(stderr).toMatch(/BAD_CONFIG: --socket: expected a socket or nothing at \.tiercel\/tiercel\/socket.*remove it/);
});

test('a folder deeper than a socket may be works as any other', async () => {
  const folder = new Folder(join('d'.repeat(100), 'e'.repeat(100)));
  mkdirSync(folder.path, { recursive: true });
  await running(folder, '--handlers', handlers('ledger-job'));

  await folder.json('enqueue', 'hello_world', 'HelloWorld', '--id', 'deep');

  const done = async () => (await folder.json('job', 'show', 'deep')).state === 'completed'; // this process is not in that folder
  await eventually(done, { withinMs: 20_000, what: 'the job' });
});

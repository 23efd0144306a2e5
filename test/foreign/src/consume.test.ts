import { eventually } from '@tiercel/test-support';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { article, FOREIGN_CLIENTS, php } from './clients.js';
import { Consumer, isAlive } from './consumer.js';
import { DevInstallation } from './installation.js';

/** Debian's packages may have to come first. */
const PREPARE_MS = 5 * 60_000;
const [reader] = FOREIGN_CLIENTS;

let door: DevInstallation;

beforeAll(async () => {
  php();
  door = await DevInstallation.start();
}, PREPARE_MS);
afterAll(() => door.stop());

/** What is on a queue, each item taken away. */
async function drained(queue: string, count: number): Promise<Record<string, unknown>[]> {
  const steps = Array.from({ length: count }, () => 'get:' as const);
  const items = (await reader?.take(door, queue, ...steps)) ?? [];
  return items.map((item) => JSON.parse(item) as Record<string, unknown>);
}

test('jobs of a PHP application are performed by its own command, and it is said what the article says', async () => {
  await article.produce(door, 'greetings', 'dev', 'HelloWorld', '{"foo":"bar"}');
  await article.produce(door, 'greetings', "it's; $(id)", 'Zero', '0');
  await article.produce(door, 'greetings', 'dev', 'Nothing');

  const consumer = new Consumer(door, 'greetings', '-d', '-m', '4');
  await eventually(() => consumer.stdout.includes('Nothing on queue greetings\n'));
  await article.produce(door, 'greetings', 'dev', 'Late', '[]');

  expect(await consumer.ended).toBe(0);
  expect(consumer.notes).toEqual([
    expect.objectContaining({ env: 'test', instance: 'dev', job: 'HelloWorld', data: { foo: 'bar' } }),
    expect.objectContaining({ instance: "it's; $(id)", job: 'Zero', data: 0 }),
    expect.objectContaining({ job: 'Nothing', data: 'nothing' }),
    expect.objectContaining({ job: 'Late', data: [] }),
  ]);
  expect(consumer.stdout.split('\n').filter((line) => line.startsWith('Job'))).toEqual(
    [1, 2, 3, 4].map((count) => `Job count: ${count}`),
  );
});

test('a job that fails is tried so many times, not at once, and then stands on the dead queue', async () => {
  await article.produce(door, 'poison', 'dev', 'Fail', '1');

  const consumer = new Consumer(door, 'poison', '-m', '3', '--attempts', '3', '--backoff', '400ms');

  expect(await consumer.ended).toBe(0);
  expect(consumer.notes).toHaveLength(3);
  const delays = consumer.logged('job released').map(({ delayMs }) => Number(delayMs));
  expect(delays.map((delayMs, place) => delayMs >= 200 * 2 ** place)).toEqual([true, true]);
  expect(consumer.logged('job given up')).toEqual([expect.objectContaining({ to: 'poison_dead', reason: 'EXIT: 1' })]);
  expect(await drained('poison_dead', 2)).toEqual([
    { instance: 'dev', jobName: 'Fail', data: 1, tiercel: expect.objectContaining({ attempts: 3, reason: 'EXIT: 1' }) },
  ]);
  expect([await drained('poison', 1), await drained('poison_errors', 1)]).toEqual([[], []]);
});

test('a consumer that is killed leaves nothing running, and its job is there for the next', async () => {
  await article.produce(door, 'killed', 'dev', 'Sleep');
  const consumer = new Consumer(door, 'killed');
  const [note] = await eventually(() => (consumer.notes.length > 0 ? consumer.notes : undefined));

  consumer.kill('SIGKILL');

  expect(await consumer.ended).toBe('SIGKILL');
  await eventually(() => !isAlive(note!.pid), { withinMs: 2_000, what: 'the end of the command' });
  expect(await drained('killed', 1)).toEqual([expect.objectContaining({ jobName: 'Sleep' })]);
});

test('a consumer that is told to end gives back what does not end in time', async () => {
  await article.produce(door, 'ended', 'dev', 'Sleep');
  const consumer = new Consumer(door, 'ended', '--drain', '100ms');
  const [note] = await eventually(() => (consumer.notes.length > 0 ? consumer.notes : undefined));

  consumer.kill('SIGTERM');

  expect(await consumer.ended).toBe(0);
  expect(isAlive(note!.pid)).toBe(false);
  expect(await drained('ended', 1)).toEqual([expect.objectContaining({ jobName: 'Sleep' })]);
});

test('a server that is away is told once, waited for, and told once when it is back; then what it kept is performed', async () => {
  const other = await DevInstallation.start();
  await article.produce(other, 'kept', 'dev', 'First');
  const consumer = new Consumer(other, 'kept', '-d', '-m', '2');
  await eventually(() => consumer.stdout.includes('Job count: 1\n'));

  await other.stop({ keep: true });
  await eventually(() => consumer.logged('server away').length === 1);
  await other.restart();
  await article.produce(other, 'kept', 'dev', 'Second');

  expect(await consumer.ended).toBe(0);
  expect(consumer.notes.map(({ job }) => job)).toEqual(['First', 'Second']);
  expect([consumer.logged('server away').length, consumer.logged('server back').length]).toEqual([1, 1]);
  await other.stop();
}, 120_000);

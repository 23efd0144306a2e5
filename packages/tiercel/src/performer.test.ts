import { realClock, realRandom, silentLog } from '@tiercel/actors';
import { openMemoryStore } from '@tiercel/store';
import { aJob } from '@tiercel/store/testing';
import type { HandlerInput } from '@tiercel/worker';
import { expect, test } from 'vitest';
import { Performer } from './performer.js';

const [TENANT, QUEUE] = ['acme', 'q'];

/** Jobs that are stored, and a worker that comes to them with `run`. */
async function setup(run: (input: HandlerInput) => unknown, ids: readonly string[]) {
  const store = openMemoryStore({ clock: realClock, shards: 1 });
  await store.enqueue(ids.map((id) => aJob({ tenant: TENANT, queue: QUEUE, name: 'Work', id })));
  const performer = new Performer({ store, owner: 'test', random: realRandom });
  const handlers = new Map([['Work', { name: 'Work', isolation: 'inline' as const, run }]]);
  const employ = () =>
    performer.employ({ tenant: TENANT, queues: [QUEUE] }, { handlers, clock: realClock, random: realRandom, log: silentLog });
  return { performer, employ };
}

const aMoment = () => new Promise((resolve) => setImmediate(resolve));

test('a job that another caller has just taken is waited for', async () => {
  const { performer, employ } = await setup(aMoment, ['one']);

  const [, state] = await Promise.all([employ(), performer.perform(TENANT, 'one', 'ready')]);

  expect(state).toBe('completed');
});

test('a caller who performs the job of another waits for his own, which that one performs', async () => {
  const { performer, employ } = await setup(({ id }) => (id === 'first' ? aMoment() : undefined), ['first', 'second']);
  const employed = employ();

  const states = await Promise.all(['second', 'first'].map((id) => performer.perform(TENANT, id, 'ready')));

  expect(states).toEqual(['completed', 'completed']);
  await employed;
});

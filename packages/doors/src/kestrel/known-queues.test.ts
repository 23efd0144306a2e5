import { expect, test } from 'vitest';
import { BOUNDS } from './bounds.js';
import { KnownQueues } from './known-queues.js';
import type { Line } from './line.js';

/** A line as far as these names go. */
const lineThat = (isIdle: boolean): Line => ({ isIdle }) as Line;

test('names that clients make up are bounded, also where the oldest queues are all waited for', () => {
  const queues = new KnownQueues('enterprise', (queue) => lineThat(!queue.startsWith('busy')));
  const busy = BOUNDS.queues / 10;

  for (let at = 0; at < busy; at++) queues.of(`busy-${at}`);
  for (let at = 0; at < 2 * BOUNDS.queues; at++) queues.of(`made-up-${at}`);

  const known = [...queues.all()].map(({ queue }) => queue);
  expect(known.length).toBeLessThanOrEqual(BOUNDS.queues);
  expect(known.filter((queue) => queue.startsWith('busy'))).toHaveLength(busy);
});

test('a queue whose own name begins like the prefix is not taken for the one without', () => {
  const queues = new KnownQueues('enterprise', () => lineThat(true));

  expect(queues.named('enterprise_work')?.queue).toBe('enterprise_work');
  expect(queues.spellingOf('enterprise_other')).toBe('enterprise_enterprise_other');
  expect(queues.spellingOf('x--mail_3aout')).toBe('mail:out');
});

import { expect, test } from 'vitest';
import { aLeasedJob } from './broker.test.kit.js';
import { hostile } from './hostile.test.kit.js';
import { outcomeOf, reasonOf } from './outcome.js';

const middling = { next: () => 0.5, bytes: (count: number) => new Uint8Array(count) };

test.each(hostile)('a reason is found for $what', ({ thrown }) => {
  expect(reasonOf(thrown())).toBe('threw something that cannot be shown');
});

test('what goes back says to which queue, so that it is handed out when it is due', () => {
  const job = aLeasedJob();
  const threw = { ended: 'threw', reason: 'Error: no luck', permanent: false } as const;

  expect(outcomeOf(job, threw, undefined, middling)).toMatchObject({ outcome: 'release', spend: true, queue: job.queue });
  expect(outcomeOf(job, threw, 'draining', middling)).toMatchObject({ outcome: 'release', spend: false, queue: job.queue });
});

import { expect, test } from 'vitest';
import { aKind, setup } from './setup.test.kit.js';

/** When what was performed, of forty jobs that fail now and then. */
async function traceOf(seed: number) {
  const trace: string[] = [];
  const { job } = aKind(
    'Work',
    async ({ data, id, attempt }) => {
      trace.push(`${t.now().getTime()} ${id} ${data} ${attempt}`);
      await Promise.resolve();
      if ((Number(data) + attempt) % 3 !== 0) throw new Error('again');
    },
    { attempts: 0, backoff: { delay: '1m', max: '1h' } },
  );
  const { t, dev } = await setup([job], { seed, concurrency: 3 });
  const other = t.tenant('acme');
  for (let n = 0; n < 40; n++) await (n % 2 ? dev : other).enqueue(job, n, { delay: (n % 4) * 60_000, priority: n % 3 });
  await t.drain();
  return trace;
}

test('the same seed brings the same, and another seed something else', async () => {
  const [one, again, other] = [await traceOf(1), await traceOf(1), await traceOf(2)];

  expect(one.length).toBeGreaterThan(60);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

test('a month with a thousand jobs passes within a test', { timeout: 60_000 }, async () => {
  const { job } = aKind('Work', ({ attempt, data }) => {
    if (attempt === 1 && Number(data) % 3 === 0) throw new Error('again');
  });
  const { t, dev } = await setup([job], { startAt: '2030-01-01T00:00:00Z' });
  await dev.enqueueMany(
    job,
    Array.from({ length: 10 }, (_, n) => n),
  );
  for (let n = 10; n < 1_000; n++) await dev.enqueue(job, n, { delay: n * 43 * 60_000 });

  await t.advance('30d');

  t.expectPerformed(job, { times: 1_000 });
  expect([await t.jobs({ state: 'completed' }), t.now().toISOString()]).toMatchObject([
    { length: 1_000 },
    '2030-01-31T00:00:00.000Z',
  ]);
});

import { expect, test } from 'vitest';
import type { Job } from '../index.js';
import { aKind, setup, untilAborted } from './setup.test.kit.js';

/** An account, and how money comes to it. */
function anAccount(pay: (account: { sum: number; paid: Set<string> }) => Job['handler']) {
  const account = { sum: 0, paid: new Set<string>() };
  return { account, job: aKind('Pay', pay(account)).job };
}

test('a worker that crashes before it can tell has its job performed twice, once too often for a careless handler', async () => {
  const careless = anAccount((account) => () => {
    account.sum += 10;
  });
  const careful = anAccount((account) => ({ id }) => {
    if (!account.paid.has(id)) account.sum += 10;
    account.paid.add(id);
  });

  for (const { job } of [careless, careful]) {
    const { t, dev } = await setup([job]);
    t.crashAfter(job);
    const handle = await dev.enqueue(job, null);
    await t.drain();
    t.expectPerformed(job, { times: 2 });
    expect(await handle.status()).toMatchObject({ state: 'completed', attempt: 2, spent: 0 });
  }

  expect([careless.account.sum, careful.account.sum]).toEqual([20, 10]);
});

test('a crash in the middle of a job counts as a lost lease once it has given a sign of life', async () => {
  const { job, seen } = aKind('Long', (input) => (input.attempt === 1 ? untilAborted(input) : 'done'));
  const { t, dev } = await setup([job], { signalMs: 10 });
  const handle = await dev.enqueue(job, null);
  await t.advance('1m');

  await t.crash();
  await t.settle();

  expect([await handle.result(), seen.length]).toEqual(['done', 2]);
  expect(await handle.status()).toMatchObject({ lostLeases: 1, spent: 1, attempt: 2 });
});

import { defineJob } from 'tiercel';
import { Ledger } from '../ledger.js';

const ledger = new Ledger(process.env.TEST_LEDGER ?? '');

/** Waits politely for `ms`. */
export const sleeper = defineJob('Sleeper', { queue: 'stubborn' }, async ({ data, tenant, id, attempt, token }) => {
  ledger.write({ tenant, id, attempt, token, pid: process.pid });
  await new Promise((resolve) => setTimeout(resolve, (data as { ms: number }).ms));
});

/** Lets nothing else of its process run for `ms`. */
export const blocker = defineJob('Blocker', { queue: 'stubborn' }, ({ data, tenant, id, attempt, token }) => {
  ledger.write({ tenant, id, attempt, token, pid: process.pid });
  const until = performance.now() + (data as { ms: number }).ms;
  while (performance.now() < until);
});

/** Ends the process it runs in. */
export const aborter = defineJob('Aborter', { queue: 'stubborn' }, ({ tenant, id, attempt, token }) => {
  ledger.write({ tenant, id, attempt, token, pid: process.pid });
  process.abort();
});

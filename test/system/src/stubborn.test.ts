import { fileURLToPath } from 'node:url';
import { eventually } from '@tiercel/test-support';
import { Tiercel } from 'tiercel';
import { afterEach, expect, test } from 'vitest';
import { aborter, blocker, sleeper } from './handlers/stubborn-jobs.js';
import { Installation, isAlive } from './installation.js';
import { openScratch } from './scratch.js';

const HANDLERS = fileURLToPath(new URL('./handlers/stubborn-jobs.js', import.meta.url));
const LEASE_MS = 1_000;
const undos: (() => unknown)[] = [];

afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

async function setup(env: Record<string, string> = {}) {
  const scratch = await openScratch();
  undos.push(() => scratch.close());
  const installation = new Installation({
    ...scratch.env,
    TIERCEL_HANDLERS: HANDLERS,
    TIERCEL_CONCURRENCY: '25',
    TIERCEL_PRODUCERS: '0',
    ...env,
  });
  undos.push(() => installation.stop());
  installation.start();
  await installation.up('consumer', 1);
  const tiercel = await Tiercel.connect({ nats: scratch.nats.url });
  undos.push(() => tiercel.close());
  return { installation, ledger: scratch.ledger, acme: tiercel.tenant('acme') };
}

test('a handler that blocks the loop for three leases is not run twice, and neither are the twenty beside it', async () => {
  const { ledger, acme } = await setup();
  const lease = { lease: LEASE_MS } as const;

  const sleepers = await Promise.all(Array.from({ length: 20 }, () => acme.enqueue(sleeper, { ms: 5 * LEASE_MS }, lease)));
  await eventually(() => ledger.read().length === 20, { what: 'twenty running jobs' });
  const block = await acme.enqueue(blocker, { ms: 3 * LEASE_MS + 500 }, lease);
  await Promise.all([block, ...sleepers].map((job) => job.result({ timeout: '30s' })));

  const effects = ledger.read();
  expect(effects).toHaveLength(21);
  expect(new Set(effects.map(({ pid }) => pid)).size).toBe(1);
});

test('an endless loop costs one worker and one attempt, and its neighbours nothing', async () => {
  const { installation, ledger, acme } = await setup();
  const [before] = await installation.up('consumer', 1);

  const neighbours = await Promise.all(Array.from({ length: 5 }, () => acme.enqueue(sleeper, { ms: 9_000 }, { attempts: 1 })));
  await eventually(() => ledger.read().length === 5, { what: 'five running jobs' });
  const endless = await acme.enqueue(blocker, { ms: 3_600_000 }, { attempts: 1, timeout: '500ms' });
  await expect(endless.result({ timeout: '60s' })).rejects.toMatchObject({ code: 'JOB_FAILED', facts: { state: 'dead' } });
  await Promise.all(neighbours.map((job) => job.result({ timeout: '60s' })));

  expect(isAlive(before as number)).toBe(false);
  expect(await endless.status()).toMatchObject({ spent: 1 });
  for (const job of neighbours) expect(await job.status()).toMatchObject({ state: 'completed', spent: 0 });
});

test('a job that ends its process is run alone from then on, and buried; the fleet lives', async () => {
  const { installation, ledger, acme } = await setup();

  const poison = await acme.enqueue(aborter, null, { attempts: 50, backoff: { delay: 1, max: 1 }, lease: LEASE_MS });
  await expect(poison.result({ timeout: '60s' })).rejects.toMatchObject({ code: 'JOB_FAILED' });
  const healthy = await acme.enqueue(sleeper, { ms: 1 });
  await healthy.result({ timeout: '20s' });

  const runs = ledger.read().filter(({ id }) => id === poison.id);
  expect(await poison.status()).toMatchObject({ state: 'dead', lostLeases: 4 });
  const consumers = installation.lines.filter(({ service, msg }) => service === 'consumer' && msg === 'service started');
  expect(consumers.length).toBeLessThanOrEqual(3);
  expect(new Set(runs.map(({ pid }) => pid)).size).toBe(runs.length); // a process each
  expect(runs.length).toBeLessThanOrEqual(6);
});

import { fileURLToPath } from 'node:url';
import { eventually, pause } from '@tiercel/test-support';
import { Tiercel } from 'tiercel';
import { expect, test } from 'vitest';
import { Installation, isAlive, type LogLine } from './installation.js';
import { openScratch } from './scratch.js';

const HANDLERS = fileURLToPath(new URL('./handlers/ledger-job.js', import.meta.url));
const TENANTS = ['dev', 'acme'];
const SERVICES = ['consumer', 'broker-adapter', 'producer', 'supervisor'] as const;
const KILLS_EACH = 5;
const RESTARTS_EACH = 2;
const CONCURRENCY = 10;
const CONSUMERS = 2;
const RATE_PER_SEC = 500;
const BACK_WITHIN_MS = 2_000;
const MINUTE = 60_000;

type Deed = (typeof SERVICES)[number] | 'nats' | 'redis';

/** Each service killed five times and each server restarted twice, spread evenly. */
const DEEDS: readonly Deed[] = [
  ...Array.from({ length: KILLS_EACH }, (_, round): Deed[] => [
    ...SERVICES,
    ...(round < RESTARTS_EACH ? (['nats', 'redis'] as const) : []),
  ]).flat(),
];

test('nothing acknowledged is lost while everything is killed in turn under load', { timeout: 6 * MINUTE }, async () => {
  const scratch = await openScratch();
  const { nats, redis, ledger } = scratch;
  const acknowledged = new Map<string, string>();
  const env = {
    ...scratch.env,
    TIERCEL_HANDLERS: HANDLERS,
    TIERCEL_CONCURRENCY: String(CONCURRENCY),
    TIERCEL_BROKERS: '2',
    TIERCEL_CONSUMERS: String(CONSUMERS),
    TIERCEL_TENANTS: TENANTS.join(),
  };
  const note = ({ acknowledged: id, tenant }: LogLine) => {
    if (typeof id === 'string') acknowledged.set(id, tenant as string);
  };
  const installation = new Installation({ ...env, TIERCEL_RATE: String(RATE_PER_SEC) }, note);
  const backMs: Record<string, number[]> = {};
  let consumersKilled = 0;

  try {
    installation.start();
    await allUp(installation);
    const begun = performance.now();
    for (const deed of DEEDS) {
      const acknowledgedBefore = acknowledged.size;
      await eventually(() => acknowledged.size >= acknowledgedBefore + RATE_PER_SEC, {
        withinMs: 15_000,
        what: `load before ${deed}`,
      });
      if (deed === 'nats') await nats.restart();
      else if (deed === 'redis') await redis.restart();
      else {
        backMs[deed] = [...(backMs[deed] ?? []), await kill(installation, deed)];
        consumersKilled += deed === 'consumer' ? 1 : deed === 'supervisor' ? CONSUMERS : 0;
      }
      await allUp(installation);
    }
    const perSec = acknowledged.size / ((performance.now() - begun) / 1_000);
    await installation.stop();
    const effects = await drained(env, nats.url, ledger.read.bind(ledger));

    const runs = new Map<string, number>();
    for (const { id } of effects) runs.set(id, (runs.get(id) ?? 0) + 1);
    const lost = [...acknowledged.keys()].filter((id) => !runs.has(id));
    const duplicates = [...runs.values()].reduce((sum, count) => sum + count - 1, 0);
    console.log(
      JSON.stringify({
        acknowledged: acknowledged.size,
        perSec: Math.round(perSec),
        performed: effects.length,
        duplicates,
        consumersKilled,
        backMs: rounded(backMs),
      }),
    );
    expect(lost).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(10_000);
    expect(perSec).toBeGreaterThanOrEqual(300);
    expect(new Set(acknowledged.values())).toEqual(new Set(TENANTS));
    expect(duplicates).toBeLessThanOrEqual(consumersKilled * CONCURRENCY);
    expect(tenantsMixed(acknowledged, effects)).toEqual([]);
    expect(Math.max(...Object.values(backMs).flat())).toBeLessThanOrEqual(BACK_WITHIN_MS);
  } catch (error) {
    console.log(installation.tail(80));
    throw error;
  } finally {
    await installation.stop();
    await scratch.close();
  }
});

async function allUp(installation: Installation): Promise<void> {
  await installation.up('broker-adapter', 2);
  await installation.up('consumer', CONSUMERS);
  await installation.up('producer', 1);
}

/** Kills one process, and for a supervisor sees that nothing it kept outlives it. Milliseconds until as many are up again. */
async function kill(installation: Installation, service: (typeof SERVICES)[number]): Promise<number> {
  if (service === 'supervisor') return killSupervisor(installation);
  const before = installation.pids(service);
  const begun = performance.now();
  process.kill(before[0] as number, 'SIGKILL');
  const isBack = () => installation.pids(service).filter((pid) => !before.includes(pid)).length >= 1;
  const from = installation.lines.length;
  await eventually(isBack, { withinMs: 10_000, what: `a new ${service}` });
  const tookMs = performance.now() - begun;
  if (tookMs > BACK_WITHIN_MS) console.log(`a new ${service} took ${Math.round(tookMs)} ms:\n${installation.since(from)}`);
  return tookMs;
}

async function killSupervisor(installation: Installation): Promise<number> {
  const kept = ['broker-adapter', 'consumer', 'producer'].flatMap((service) => installation.pids(service));
  const begun = performance.now();
  process.kill(installation.supervisorPid, 'SIGKILL');
  await eventually(() => !kept.some(isAlive), {
    withinMs: BACK_WITHIN_MS,
    what: `the end of ${kept} that a killed supervisor kept`,
  });
  installation.start();
  await eventually(() => installation.pids('supervisor').some((pid) => pid === installation.supervisorPid), {
    what: 'a new supervisor',
  });
  return performance.now() - begun;
}

/** Lets a fresh fleet without load finish what is left. */
async function drained<T>(env: Record<string, string>, url: string, read: () => T): Promise<T> {
  const fleet = new Installation({ ...env, TIERCEL_PRODUCERS: '0' });
  fleet.start();
  const tiercel = await Tiercel.connect({ nats: url });
  try {
    for (const name of TENANTS)
      await eventually(() => isEmpty(tiercel, name), { withinMs: MINUTE, what: `an empty backlog of ${name}` });
    return read();
  } catch (error) {
    const queues = await Promise.all(TENANTS.map((name) => tiercel.tenant(name).jobs.queues()));
    console.log(JSON.stringify({ queues }), fleet.tail(40));
    throw error;
  } finally {
    await tiercel.close();
    await fleet.stop();
  }
}

async function isEmpty(tiercel: Tiercel, name: string): Promise<boolean> {
  const queues = await tiercel.tenant(name).jobs.queues();
  if (queues.some(({ dead }) => dead > 0)) throw new Error('a job died');
  await pause(50);
  return queues.length > 0 && queues.every(({ ready, scheduled, leased }) => ready + scheduled + leased === 0);
}

const tenantsMixed = (acknowledged: ReadonlyMap<string, string>, effects: readonly { id: string; tenant: string }[]) =>
  effects.filter(({ id, tenant }) => (acknowledged.get(id) ?? tenant) !== tenant);

const rounded = (figures: Record<string, number[]>) =>
  Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, all.map(Math.round)]));

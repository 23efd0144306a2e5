import { eventually, pause } from '@tiercel/test-support';
import { Tiercel } from 'tiercel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit, counted } from './audit.js';
import { Fleet, type Part } from './fleet.js';
import { Ledger } from './ledger.js';
import { Load, type LoadOptions } from './load.js';

const MINUTE = 60_000;
const CONSUMERS = 3;
const CONCURRENCY = 10;
/** NATS, Redis, two brokers, a producer, a supervisor. */
const OTHERS = 6;
const LOAD: LoadOptions = { ratePerSec: 60, workMs: 200, lease: '30s' };
/** So that every consumer holds some at any time. */
const LONG: LoadOptions = { ratePerSec: 40, workMs: 500, lease: '30s' };
/** And leases end while somebody is away. */
const SHORT: LoadOptions = { ...LONG, lease: '5s' };
/** Jobs that are acknowledged before and after each fault. */
const SOME = 60;
const LEASE_MS = 5_000;
/** A consumer whose wire was cut without a word finds out by its pings: two of 10 s, and a reconnect. */
const BACK_MS = 45_000;
/** From when the supervisor saw a death until what the dead held is performed by others. */
const AGAIN_MS = 2_000;

const ledger = new Ledger();
let fleet: Fleet;
let tiercel: Tiercel;

beforeAll(async () => {
  fleet = await Fleet.open(ledger.dir, CONCURRENCY);
  await timed('build', () => fleet.compose(['build']));
  const upMs = await timed('up', () => fleet.compose(['up', '--wait', '--scale', `consumer=${CONSUMERS}`]));
  expect(upMs).toBeLessThan(MINUTE);
  tiercel = await Tiercel.connect({ nats: await fleet.natsUrl('producer') });
});

afterAll(async () => {
  await tiercel?.close();
  await fleet?.down();
  ledger.remove();
});

test('nobody is root, has a capability or may write, and only brokers know the storage', async () => {
  for (const part of await fleet.parts()) {
    const { Config, HostConfig, NetworkSettings, Mounts } = await fleet.inspect(part);
    expect(Config.User).toBe('1000:1000');
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] });
    const inStorage = Object.keys(NetworkSettings.Networks).some((name) => name.endsWith('_storage'));
    expect([part.service, inStorage]).toEqual([part.service, ['redis', 'broker-adapter'].includes(part.service)]);
    const secrets = Mounts.filter(({ Destination }) => Destination === '/run/secrets').map(({ Name = '', RW }) => [Name, RW]);
    expect(secrets).toEqual([[expect.stringMatching(/_(nats|redis|broker|operator|producer)-secrets$/), false]]);
    expect(Config.Env.join()).not.toMatch(/redis:\/\/|nats:\/\//);
  }
});

test('the demo shows what became of the jobs of two tenants', async () => {
  const shown = await fleet.compose(['run', '--rm', '-T', 'demo']);

  for (const tenant of ['dev', 'acme'])
    for (const end of ["'HelloWorld' .* 'completed' .* 1 ", "'SecondTime' .* 'completed' .* 2 ", "'Never' .* 'dead' .* 2 "])
      expect(shown).toMatch(new RegExp(`'${tenant}' .* ${end}`));
});

test('consumers come and go under load, and no job is begun twice', async () => {
  const result = await underLoad('scale 1, 5, 2', async (load) => {
    for (const consumers of [1, 5, 2]) {
      await fleet.scale(consumers);
      await fleet.healthy(OTHERS + consumers);
      await load.more(SOME);
    }
    await everyConsumerWorks();
    await fleet.scale(CONSUMERS);
  });

  expect(result.duplicates).toBe(0);
});

test.each(['nats', 'redis', 'broker-adapter', 'producer', 'supervisor'])('%s is killed and comes back', async (service) => {
  const result = await underLoad(`kill ${service}`, async () => {
    await fleet.kill(await fleet.part(service));
    await fleet.healthy(OTHERS + CONSUMERS);
    await everyConsumerWorks();
  });

  expect(result.duplicates).toBe(0);
});

test('consumers are killed in turn, and others perform what they held within two seconds of somebody seeing it', async () => {
  const returns: { observedMs: number; returnedMs: number; begunAgainMs: number[] }[] = [];
  const result = await underLoad(
    'kill consumers',
    async (load) => {
      for (let at = 0; at < CONSUMERS; at++) {
        const part = await fleet.part('consumer', at);
        returns.push(await returnOf(load, part, await fleet.kill(part)));
        await fleet.healthy(OTHERS + CONSUMERS);
        await load.more(SOME);
      }
      await everyConsumerWorks();
    },
    LONG,
  );
  console.log(JSON.stringify({ returns }));

  expect(result.duplicates).toBeGreaterThan(0); // else nothing was held, and nothing is proven
  expect(result.duplicates).toBeLessThanOrEqual(CONSUMERS * CONCURRENCY);
  for (const { returnedMs, begunAgainMs } of returns) expect(Math.max(returnedMs, ...begunAgainMs)).toBeLessThanOrEqual(AGAIN_MS);
});

test('a consumer that is paused beyond its leases is not declared gone, and does no harm when it goes on', async () => {
  const result = await underLoad(
    'pause a consumer',
    async () => {
      const part = await fleet.part('consumer');
      const pausedAtMs = Date.now();
      await fleet.pause(part);
      await pause(LEASE_MS + 3_000);
      expect(await fleet.declaredGone(part, pausedAtMs)).toBeUndefined();
      await fleet.unpause(part);
      await everyConsumerWorks();
    },
    SHORT,
  );

  expect(result.duplicates).toBeGreaterThan(0);
  expect(result.duplicates).toBeLessThanOrEqual(CONCURRENCY);
});

test('a consumer that is cut off from NATS works again when it is healed', async () => {
  const result = await underLoad(
    'cut consumer from nats',
    async () => {
      const part = await fleet.part('consumer');
      await fleet.cut(part, 'wire');
      await pause(LEASE_MS + 3_000);
      await fleet.heal(part, 'wire');
      await everyConsumerWorks();
    },
    SHORT,
  );

  expect(result.duplicates).toBeLessThanOrEqual(CONCURRENCY);
});

test('a broker that is cut off from Redis leaves the work to the other, and comes back', async () => {
  const result = await underLoad(
    'cut broker from redis',
    async (load) => {
      const part = await fleet.part('broker-adapter');
      await fleet.cut(part, 'storage');
      await pause(LEASE_MS + 3_000);
      await load.more(SOME);
      await fleet.heal(part, 'storage');
      await fleet.healthy(OTHERS + CONSUMERS);
    },
    SHORT,
  );

  expect(result.duplicates).toBeLessThanOrEqual(CONCURRENCY);
});

test.each(['nats', 'redis'])('%s is restarted', async (service) => {
  const result = await underLoad(`restart ${service}`, async () => {
    await fleet.restart(await fleet.part(service));
    await fleet.healthy(OTHERS + CONSUMERS);
    await everyConsumerWorks();
  });

  expect(result.duplicates).toBe(0);
});

test('a rebuilt image replaces every service, one after the other, without a job begun twice', async () => {
  const rebuilt = { TIERCEL_REVISION: 'rebuilt' };
  await fleet.compose(['build'], rebuilt);
  const old = new Set((await fleet.parts()).map(({ id }) => id));

  const result = await underLoad('rolling replacement', async () => {
    for (const [service, count] of Object.entries({ 'broker-adapter': 2, consumer: CONSUMERS, producer: 1, supervisor: 1 })) {
      const scaled = (replicas: number) => ['--scale', `${service}=${replicas}`, service];
      await fleet.compose(['up', '--wait', '--no-deps', '--no-recreate', ...scaled(2 * count)], rebuilt);
      await fleet.compose(['up', '--wait', '--no-deps', ...scaled(count)], rebuilt);
    }
    await everyConsumerWorks();
  });

  const parts = (await fleet.parts()).filter(({ service }) => !['nats', 'redis'].includes(service));
  expect(parts).toHaveLength(OTHERS - 2 + CONSUMERS);
  for (const part of parts) {
    expect((await fleet.inspect(part)).Config.Labels['org.opencontainers.image.revision']).toBe('rebuilt');
    expect(old).not.toContain(part.id);
  }
  expect(result.duplicates).toBe(0);
});

/** Does something to the fleet while jobs come and are performed; afterwards everything that was acknowledged is done. */
async function underLoad(what: string, act: (load: Load) => Promise<void>, options = LOAD) {
  const begunAt = performance.now();
  const before = await counted(tiercel);
  const load = new Load(tiercel, options);
  try {
    await load.more(SOME);
    await act(load);
    await load.more(SOME);
    await load.stop();
    const result = await audit(tiercel, load, ledger, before);
    console.log(JSON.stringify({ what, ...result, tookMs: Math.round(performance.now() - begunAt) }));
    expect(result).toMatchObject({ lost: [], dead: 0 });
    expect(Math.abs(result.unsettled)).toBeLessThanOrEqual(result.refused);
    return result;
  } catch (error) {
    console.log(await fleet.tail());
    throw error;
  } finally {
    await load.stop();
  }
}

/** Every consumer begins a job from now on. */
async function everyConsumerWorks(): Promise<void> {
  const sinceMs = Date.now();
  const hosts = (await fleet.parts('consumer')).map(({ host }) => host);
  const working = () => new Set(ledger.read().flatMap(({ host, atMs }) => (atMs > sinceMs ? [host] : [])));
  await eventually(() => hosts.every((host) => working().has(host)), { withinMs: BACK_MS, what: 'work for every consumer' });
}

/** When the supervisor saw a death, after it; when storage had all leases back and when their jobs were begun again, after that. */
async function returnOf(load: Load, part: Part, diedAtMs: number) {
  const held = ledger.open(part.host, diedAtMs);
  const { instance, atMs } = await eventually(() => fleet.declaredGone(part, diedAtMs), { what: `${part.host} declared gone` });
  const heldStill = async (id: string) => {
    const job = await tiercel.tenant(load.acknowledged.get(id) as string).jobs.find(id);
    return job?.state === 'leased' && job.owner === instance;
  };
  await eventually(async () => !(await Promise.all(held.map(heldStill))).includes(true), { what: 'leases returned' });
  const returnedMs = Date.now() - atMs;
  const again = () => {
    const notes = ledger.read().filter((note) => note.event === 'began' && note.atMs > diedAtMs);
    return held.map((id) => notes.find((note) => note.id === id)?.atMs);
  };
  await eventually(() => !again().includes(undefined), { withinMs: 30_000, what: 'jobs begun again' });
  const begunAgainMs = again().map((begunMs) => (begunMs as number) - atMs);
  return { observedMs: atMs - diedAtMs, returnedMs, begunAgainMs };
}

const timed = async (what: string, act: () => Promise<unknown>): Promise<number> => {
  const begunAt = performance.now();
  await act();
  const tookMs = Math.round(performance.now() - begunAt);
  console.log(JSON.stringify({ what, tookMs }));
  return tookMs;
};

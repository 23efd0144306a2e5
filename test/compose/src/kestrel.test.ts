import { eventually } from '@tiercel/test-support';
import { Tiercel } from 'tiercel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet } from './fleet.js';
import { Ledger } from './ledger.js';
import { TENANTS } from './load.js';

const JOBS = 10;
/** A lease whose broker or storage was killed, and the restart of what was. */
const AGAIN_MS = 60_000;

const ledger = new Ledger();
let fleet: Fleet;
let tiercel: Tiercel;

beforeAll(async () => {
  fleet = await Fleet.open(ledger.dir, 10, ['deploy/compose.kestrel.yaml']);
  await fleet.compose(['build']);
  await fleet.compose(['up', '--wait']);
  tiercel = await Tiercel.connect({ nats: await fleet.natsUrl('producer') });
});

afterAll(async () => {
  await tiercel?.close();
  await fleet?.down();
  ledger.remove();
});

test('a Kestrel server stands in the place of Redis, and only brokers know it', async () => {
  const parts = await fleet.parts();
  expect(parts.map(({ service }) => service)).not.toContain('redis');
  for (const part of parts) {
    const { Config, HostConfig, NetworkSettings } = await fleet.inspect(part);
    expect(Config.User).toBe('1000:1000');
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] });
    const inStorage = Object.keys(NetworkSettings.Networks).some((name) => name.endsWith('_storage'));
    expect([part.service, inStorage]).toEqual([part.service, ['kestrel', 'broker-adapter'].includes(part.service)]);
  }
});

test('jobs of two tenants are performed, those that fail once more', async () => {
  const plain = await enqueue({ failures: 0 });
  const failing = await enqueue({ failures: 1 });

  await performed([...plain, ...failing]);

  expect(plain.map(begun)).toEqual(plain.map(() => 1));
  expect(failing.map(begun)).toEqual(failing.map(() => 2));
});

test('what was accepted outlives the server that keeps it', async () => {
  await fleet.compose(['stop', 'consumer']);
  const ids = await enqueue({ failures: 0 });

  await fleet.kill(await fleet.part('kestrel'));
  await fleet.compose(['up', '--wait']);

  await performed(ids);
});

test('a job that this storage can do nothing with is refused, and says what for', async () => {
  const job = { queue: 'noted', name: 'Noted', data: { workMs: 1 } };
  const [acme] = TENANTS.map((tenant) => tiercel.tenant(tenant).jobs);

  await expect(acme!.enqueue({ ...job, priority: 1 })).rejects.toMatchObject({ facts: { capability: 'priorities' } });
  await expect(acme!.enqueue({ ...job, delay: '1m' })).rejects.toMatchObject({ facts: { capability: 'delay' } });
});

/** So many jobs of each tenant, each of which fails so often. */
async function enqueue({ failures }: { readonly failures: number }): Promise<string[]> {
  const job = { queue: 'noted', name: 'Noted', data: { workMs: 50, failures }, backoff: { delay: '200ms' } } as const;
  const jobs = TENANTS.flatMap((tenant) => Array.from({ length: JOBS }, () => tiercel.tenant(tenant).jobs.enqueue(job)));
  return (await Promise.all(jobs)).map(({ id }) => id);
}

/** Waits until each of them was performed to its end. */
async function performed(ids: readonly string[]): Promise<void> {
  const left = () => {
    const ended = new Set(ledger.read().flatMap(({ event, id }) => (event === 'ended' ? [id] : [])));
    return ids.filter((id) => !ended.has(id));
  };
  try {
    await eventually(() => left().length === 0, { withinMs: AGAIN_MS, what: 'every job performed' });
  } catch (error) {
    console.log(await fleet.tail());
    throw error;
  }
}

const begun = (id: string): number => ledger.read().filter((note) => note.event === 'began' && note.id === id).length;

import { createHub, createSystem, realClock, realRandom, silentLog } from '@tiercel/actors';
import { createBroker } from '@tiercel/broker';
import { aJob, someJobs } from '@tiercel/store/testing';
import { eventually } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, aNamespace, aServer, openStore, reserveSome } from './kestrel.test.kit.js';
import { openKestrelStore } from './open-kestrel-store.js';

test('a server that ends with leases out has them lost, and is worked with again when it is back', async () => {
  const server = await aServer();
  const store = await openStore([server.port]);
  await store.enqueue(someJobs(['a', 'b']));
  const leases = await reserveSome(store);

  await server.stop();
  expect(await store.settle(leases.map(ackOf))).toEqual(['LEASE_LOST', 'LEASE_LOST']);
  await expect(store.enqueue([aJob({ id: 'c' })])).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  await expect(reserveSome(store)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });

  await server.start();
  await eventually(async () => (await store.enqueue([aJob({ id: 'd' })]))[0]?.code === 'OK');
  const seen = new Set<string>();
  await eventually(async () => {
    const jobs = await reserveSome(store);
    for (const { id } of jobs) seen.add(id);
    expect(await store.settle(jobs.map(ackOf))).toEqual(jobs.map(() => 'OK'));
    return ['a', 'b', 'd'].every((id) => seen.has(id));
  });
});

test('a sweep fails while no server answers, and the broker that sweeps is not asked any more', async () => {
  const [first, second, parts] = [await aServer(), await aServer(), { clock: realClock, random: realRandom, log: silentLog }];
  const store = await openStore([first.port, second.port]);
  const system = createSystem({ name: 'broker', transport: createHub(parts).connect('broker'), ...parts });
  onTestFinished(() => system.stop());
  const bounds = { storeDownMs: 20, pollMs: 10 };
  const broker = await createBroker({ system, store, namespace: 'n', name: 'broker', bounds, ...parts });
  onTestFinished(() => broker.stop());

  await first.stop();
  expect(await store.promote(0, 1)).toMatchObject({ moved: 0 });
  await second.stop();
  await expect(store.promote(0, 1)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  await eventually(() => !broker.serving);

  await second.start();
  await eventually(() => broker.serving);
});

test('of two servers one may be away: the other takes all, and what the first has comes when it is back', async () => {
  const [first, second] = [await aServer(), await aServer()];
  const store = await openStore([first.port, second.port]);
  await store.enqueue(someJobs(['a', 'b']));

  await first.stop();
  expect(await store.enqueue(someJobs(['c', 'd']))).toMatchObject([{ code: 'OK' }, { code: 'OK' }]);
  const there = new Set((await reserveSome(store)).map(({ id }) => id));
  expect(there.has('c') && there.has('d')).toBe(true);

  await first.start();
  await eventually(async () => {
    for (const { id } of await reserveSome(store)) there.add(id);
    return ['a', 'b', 'c', 'd'].every((id) => there.has(id));
  });
});

test('both servers get and give their share', async () => {
  const [first, second] = [await aServer(), await aServer()];
  const namespace = aNamespace();
  const both = await openStore([first.port, second.port], { namespace });
  await both.enqueue(someJobs(['a', 'b', 'c', 'd']));

  const alone = await openStore([first.port], { namespace });

  expect((await reserveSome(alone)).map(({ id }) => id)).toEqual(['a', 'c']);
  expect((await reserveSome(both)).map(({ id }) => id)).toEqual(['b', 'd']);
});

test('opening fails in one line when no server answers', async () => {
  const server = await aServer();
  await server.stop();

  await expect(openKestrelStore({ url: `kestrel://127.0.0.1:${server.port}`, namespace: 'n' })).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    facts: { servers: `127.0.0.1:${server.port}`, reason: 'ECONNREFUSED' },
  });
});

test('more than what anybody can know of a server is not to be had', async () => {
  const options = { url: 'kestrel://127.0.0.1:1', namespace: 'n', requireDurability: 'memory' } as const;

  await expect(openKestrelStore(options)).rejects.toMatchObject({ code: 'STORAGE_UNFIT' });
});

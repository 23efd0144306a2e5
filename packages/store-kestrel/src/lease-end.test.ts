import { realRandom } from '@tiercel/actors';
import { VirtualClock } from '@tiercel/actors/testing';
import { aJob, aRelease, ManualClock, someJobs } from '@tiercel/store/testing';
import { eventually } from '@tiercel/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, aNamespace, aServer, openStore, Relay, refOf, reserveSome } from './kestrel.test.kit.js';
import { openKestrelStore } from './open-kestrel-store.js';
import { STORE_BOUNDS } from './store-bounds.js';

async function setup() {
  const [{ port }, namespace, clock] = [await aServer(), aNamespace(), new ManualClock()];
  const relay = await Relay.to(port);
  const one = await openStore([relay.port], { namespace, clock });
  const other = await openStore([port], { namespace });
  return { one, other, clock, relay, port };
}

test('a job whose lease ended goes to whoever reads next, wherever that is, with the loss counted', async () => {
  const { one, other, clock } = await setup();
  await one.enqueue([aJob()]);
  const [lease] = await reserveSome(one);
  await one.extend([{ ...refOf(lease!), leaseMs: 30_000 }]);

  clock.advance(30_000);
  expect(await one.reap(0, 10)).toMatchObject({ moved: 1 });

  const [again] = await eventually(async () => {
    const jobs = await reserveSome(other);
    expect(jobs).toHaveLength(1);
    return jobs;
  });
  expect(again).toMatchObject({ id: 'job-1', lostLeases: 1, spent: 1, attempt: 2 });
  expect(await one.settle([ackOf(lease!)])).toEqual(['LEASE_LOST']);
});

test('a connection that is lost has lost its lease, and others get the job', async () => {
  const { one, other, relay } = await setup();
  await one.enqueue([aJob()]);
  const [lease] = await reserveSome(one);

  relay.cut();

  const [again] = await eventually(async () => {
    const jobs = await reserveSome(other);
    expect(jobs).toHaveLength(1);
    return jobs;
  });
  expect(await one.settle([ackOf(lease!)])).toEqual(['LEASE_LOST']);
  expect(await one.extend([{ ...refOf(lease!), leaseMs: 1_000 }])).toEqual(['LEASE_LOST']);
  expect(await other.settle([ackOf(again!)])).toEqual(['OK']);
});

test('a job that is put elsewhere is set there before its read is closed', async () => {
  const { one, relay } = await setup();
  await one.enqueue(someJobs(['released', 'buried', 'spent', 'corrupt'], { attempts: 1 }));
  const [released, buried, spent, corrupt] = (await reserveSome(one)).map(refOf);
  relay.lines.length = 0;
  const bury = { outcome: 'bury', reason: 'bad' } as const;

  for (const settlement of [
    { ...released!, ...aRelease({ spend: false }) },
    { ...buried!, ...bury },
    { ...spent!, ...aRelease() },
    { ...corrupt!, ...bury, corrupt: true },
  ])
    expect(await one.settle([settlement])).toEqual(['OK']);

  const told = relay.lines.filter((line) => !line.endsWith('/open')).map((line) => line.replace(/n\d+/, 'n'));
  const close = 'get n:acme:mail/close';
  expect(told).toEqual([
    ...['set n:acme:mail', close, 'set n:acme:mail:dead', close],
    ...['set n:acme:mail:dead', close, 'set n:acme:mail:quarantine', close],
  ]);
});

test('while a read is open its connection is never idle for long', async () => {
  const [{ port }, clock] = [await aServer(), new VirtualClock()];
  const relay = await Relay.to(port);
  const url = `kestrel://127.0.0.1:${relay.port}`;
  const store = await openKestrelStore({ url, namespace: aNamespace() }, { clock, random: realRandom });
  onTestFinished(() => store.close());
  await store.enqueue([aJob()]);
  const [lease] = await reserveSome(store);
  relay.lines.length = 0;

  await clock.advance(STORE_BOUNDS.probeMs);
  await eventually(() => relay.lines.includes('version'));

  expect(await store.settle([ackOf(lease!)])).toEqual(['OK']);
});

test('with no read left to open nothing is handed out, and nothing said to be there', async () => {
  const { port } = await aServer();
  const store = await openStore([port], { query: '?reads=2' });
  await store.enqueue(someJobs(['a', 'b', 'c']));

  const leases = await reserveSome(store);
  expect(leases.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([]);

  await store.settle(leases.map(ackOf));
  expect(await reserveSome(store)).toMatchObject([{ id: 'c' }]);
});

test('a closed store gives back what it held, and what it knew of it', async () => {
  const [{ port }, namespace, clock] = [await aServer(), aNamespace(), new ManualClock()];
  const one = await openStore([port], { namespace, clock });
  await one.enqueue(someJobs(['waits', 'lost']));
  const [waits] = await reserveSome(one, { max: 1 });
  await one.settle([{ ...refOf(waits!), ...aRelease({ delayMs: 1_500 }) }]);
  await reserveSome(one);

  await one.close();

  const other = await openStore([port], { namespace, clock });
  expect(await reserveSome(other)).toMatchObject([{ id: 'lost', attempt: 1 }]);
  expect(await other.promote(0, 10)).toMatchObject({ moved: 0, nextInMs: 1_500 });
  clock.advance(1_500);
  expect(await other.promote(0, 10)).toMatchObject({ moved: 1, ready: [['acme', 'mail']] });
  expect(await reserveSome(other)).toMatchObject([{ id: 'waits', attempt: 2, spent: 1 }]);
});

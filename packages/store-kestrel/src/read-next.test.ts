import { realClock } from '@tiercel/actors';
import { connectKestrel, queuesIn } from '@tiercel/kestrel';
import { aJob, aReserve, someJobs } from '@tiercel/store/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, aNamespace, aServer, openStore, Relay, refOf, reserveSome } from './kestrel.test.kit.js';

const HEAD = { outcome: 'release', delayMs: 0, spend: false, lost: false, head: true, reason: '' } as const;
const numbered = (count: number, prefix: string) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const idsOf = (jobs: readonly { readonly id: string }[]) => jobs.map(({ id }) => id);

async function setup() {
  const [{ port }, namespace] = [await aServer(), aNamespace()];
  const relay = await Relay.to(port);
  const store = await openStore([relay.port], { namespace });
  const other = await openStore([port], { namespace });
  const client = await connectKestrel({ host: '127.0.0.1', port, clock: realClock });
  onTestFinished(() => client.close());
  const beside = await connectKestrel({ host: '127.0.0.1', port: relay.port, clock: realClock });
  onTestFinished(() => beside.close());
  const queues = async () => queuesIn(await client.stats()).filter((name) => name.startsWith(`${namespace}:`));
  /** What was sent before it is answered by then, whatever way it went. */
  const exchange = async () => [await beside.version(), await beside.stats(), await beside.version()];
  return { store, other, relay, namespace, queues, exchange };
}

test('a reserve finds what is being enqueued beside it', async () => {
  const { store } = await setup();

  for (const id of numbered(100, 'job-')) {
    const enqueued = store.enqueue([aJob({ id })]);
    const jobs = await reserveSome(store);
    expect(await enqueued).toMatchObject([{ code: 'OK' }]);
    expect(idsOf(jobs)).toEqual([id]);
    expect(await store.settle(jobs.map(ackOf))).toEqual(['OK']);
  }
});

test('what overtook the enqueue is not what counts, however late that arrives', async () => {
  const { store, relay, exchange } = await setup();
  await store.enqueue([aJob({ id: 'before' })]);
  await store.settle((await reserveSome(store)).map(ackOf));
  const held = relay.hold('set ');

  const enqueued = store.enqueue([aJob()]);
  const release = await held;
  const reserved = reserveSome(store);
  await exchange();
  release();

  expect(await enqueued).toMatchObject([{ code: 'OK' }]);
  expect(idsOf(await reserved)).toEqual(['job-1']);
});

test('a queue that was empty a moment ago, or was not there, is read again when another broker put something there', async () => {
  const { store, other } = await setup();

  for (const id of numbered(5, 'job-')) {
    expect(await reserveSome(store)).toEqual([]);
    await other.enqueue([aJob({ id })]);
    expect(await store.settle((await reserveSome(store)).map(ackOf))).toEqual(['OK']);
  }
});

test('reading a queue that is not there does not make it', async () => {
  const { store, namespace, queues } = await setup();
  await store.enqueue([aJob()]);

  const wants = ['made', 'up', 'mail'].map((queue) => ({ tenant: 'acme', queue, max: 1 }));
  expect(idsOf(await reserveSome(store, { wants }))).toEqual(['job-1']);

  expect(await queues()).toEqual([`${namespace}:acme:mail`]);
});

test('however many names are made up, the server is asked for few lists of its queues', async () => {
  const { store, relay, queues } = await setup();
  relay.lines.length = 0;

  const made = numbered(300, 'made-up-');
  await Promise.all(made.map((queue) => reserveSome(store, { wants: [{ tenant: 'acme', queue, max: 1 }] })));

  expect(relay.lines.filter((line) => line === 'stats').length).toBeLessThan(10);
  expect(await queues()).toEqual([]);
});

test('jobs handed back to the head stand as they stood, whichever connection is the slowest', async () => {
  const { store, other, relay, exchange } = await setup();
  await store.enqueue(someJobs(['a', 'b', 'c']));
  const leases = await reserveSome(store);
  const held = relay.hold('get');

  const backwards = [...leases].reverse().map((lease) => ({ ...refOf(lease), ...HEAD }));
  const settled = store.settle(backwards);
  const release = await held;
  await exchange();
  release();

  expect(await settled).toEqual(['OK', 'OK', 'OK']);
  expect(idsOf(await reserveSome(other))).toEqual(['a', 'b', 'c']);
});

test('a job handed back in front of one that stays here stands in front of it', async () => {
  const { store } = await setup();
  await store.enqueue(someJobs(['a', 'b', 'c']));
  const [a] = await reserveSome(store, { max: 1 });
  await reserveSome(store, { max: 1, owner: 'gone' });
  await store.reap(0, 10, { owners: [{ owner: 'gone', reason: 'SIGKILL' }], cursor: '' });
  const [b] = await reserveSome(store, { max: 1 });
  expect(b).toMatchObject({ id: 'b', attempt: 2 });

  await store.settle([b!, a!].map((lease) => ({ ...refOf(lease), ...HEAD })));

  expect(idsOf(await reserveSome(store))).toEqual(['a', 'b', 'c']);
});

test('a store that is closed gives back what is leased in the order in which it was read', async () => {
  const { store, other } = await setup();
  await store.enqueue(someJobs(['a', 'b', 'c']));
  expect(await reserveSome(store)).toHaveLength(3);

  await store.close();

  expect(idsOf(await reserveSome(other))).toEqual(['a', 'b', 'c']);
});

test('a settle that is repeated is known, while the first is under way too; with another job’s name, or after a later one, it is not', async () => {
  const { store } = await setup();
  await store.enqueue([aJob()]);
  const [first] = await reserveSome(store);
  const release = { ...refOf(first!), ...HEAD, head: false, reason: 'failed' };

  expect(await Promise.all([store.settle([release]), store.settle([release])])).toEqual([['OK'], ['OK_ALREADY']]);
  expect(await store.settle([release, { ...release, id: 'other' }, { ...release, tenant: 'globex' }])).toEqual([
    'OK_ALREADY',
    ...['LEASE_LOST', 'LEASE_LOST'],
  ]);
  const { jobs } = await store.reserve(aReserve(store));
  expect(await store.settle(jobs.map(ackOf))).toEqual(['OK']);
  expect(await store.settle([release, ackOf(jobs[0]!)])).toEqual(['LEASE_LOST', 'OK_ALREADY']);
});

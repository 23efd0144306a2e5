import { realClock } from '@tiercel/actors';
import { connectKestrel } from '@tiercel/kestrel';
import { checksumOf } from '@tiercel/protocol';
import type { StoreEvent } from '@tiercel/store';
import { aJob, aReserve } from '@tiercel/store/testing';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, aNamespace, aServer, openStore, refOf, reserveSome } from './kestrel.test.kit.js';

async function setup(query = '') {
  const [{ port }, namespace, events] = [await aServer({ tenant: undefined }), aNamespace(), [] as StoreEvent[]];
  const store = await openStore([port], { namespace, query, onEvent: (event) => events.push(event) });
  const other = await connectKestrel({ host: '127.0.0.1', port, clock: realClock });
  onTestFinished(() => other.close());
  const take = async (name: string) => Buffer.from((await other.get(name)) ?? []).toString();
  return { store, other, namespace, events, take };
}

test('what is no job of its queue is set aside as it came, and the next one is served', async () => {
  const { store, other, namespace, events, take } = await setup();
  await other.set(`${namespace}:acme:mail`, Buffer.from('hello'));
  await store.enqueue([aJob()]);

  expect(await reserveSome(store)).toMatchObject([{ id: 'job-1' }]);

  expect(await take(`${namespace}:acme:mail:quarantine`)).toBe('hello');
  expect(events).toMatchObject([{ kind: 'quarantined', tenant: 'acme' }]);
});

test('a job of another tenant, moved there by somebody, is not handed out', async () => {
  const { store, other, namespace } = await setup();
  await store.enqueue([aJob({ tenant: 'globex' })]);
  const item = await other.get(`${namespace}:globex:mail`);
  await other.set(`${namespace}:acme:mail`, item!);

  expect(await reserveSome(store)).toEqual([]);
});

test('a name that servers do not take, and a job that is to wait, are refused one by one', async () => {
  const { store } = await setup();

  const jobs = [aJob({ queue: 'q'.repeat(63), tenant: 't'.repeat(63) }), aJob({ delayMs: 1 }), aJob()];

  expect((await store.enqueue(jobs)).map(({ code }) => code)).toEqual(['BAD_NAME', 'NOT_SUPPORTED', 'OK']);
});

test('a purge empties what waits, what is dead and what was set aside, each by itself', async () => {
  const { store, other, namespace } = await setup();
  await store.enqueue([aJob({ id: 'dead' }), aJob({ id: 'open' }), aJob()]);
  const [dead] = await reserveSome(store, { max: 2 });
  await store.settle([{ ...refOf(dead!), outcome: 'bury', reason: 'bad' }]);

  expect(await store.purge('acme', { queue: 'mail', states: ['ready'], limit: 1 })).toEqual({ removed: 1, more: false });
  expect(await reserveSome(store)).toEqual([]);
  expect(await other.get(`${namespace}:acme:mail:dead`, { peek: true })).toBeDefined();

  expect(await store.purge('acme', { queue: 'mail', states: ['dead'], limit: 1 })).toEqual({ removed: 1, more: false });
  expect(await other.get(`${namespace}:acme:mail:dead`, { peek: true })).toBeUndefined();
});

test('who wants a queue that no server could have gets nothing, and others what they want', async () => {
  const { store } = await setup();
  await store.enqueue([aJob()]);

  const wants = [
    { tenant: 't'.repeat(63), queue: 'q'.repeat(63), max: 1 },
    { tenant: 'acme', queue: 'mail', max: 1 },
  ];

  expect(await reserveSome(store, { wants })).toMatchObject([{ id: 'job-1' }]);
});

test('with shared names nobody opens what is others’ to find his own', async () => {
  const { store, other, namespace } = await setup('?names=shared');
  const item = (instance: string) => Buffer.from(JSON.stringify({ instance, jobName: 'HelloWorld' }));
  await other.set(`${namespace}_mail`, item('globex'));
  await store.backlog(0, { queue: '', limit: 10 });
  await other.set(`${namespace}_mail`, item('acme'));

  expect(await store.reserve(aReserve(store))).toEqual({ jobs: [], left: [0] });
  expect(await reserveSome(store, { wants: [{ tenant: 'globex', queue: 'mail', max: 1 }] })).toHaveLength(1);
  expect(await reserveSome(store)).toMatchObject([{ tenant: 'acme' }]);
});

test('with shared names the items of others are jobs, of whichever tenant they say', async () => {
  const { store, other, namespace } = await setup('?names=shared');
  const item = (instance: string) => Buffer.from(JSON.stringify({ instance, jobName: 'HelloWorld', data: { foo: 'bar' } }));
  await other.set(`${namespace}_mail`, item('acme'));
  await other.set(`${namespace}_mail`, item('globex'));

  expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([{ tenant: 'acme', queue: 'mail', ready: 2 }]);
  const [job] = await reserveSome(store);
  expect(job).toMatchObject({ tenant: 'acme', name: 'HelloWorld', encoding: 'json', attempt: 1 });
  expect(Buffer.from(job!.payload).toString()).toBe('{"foo":"bar"}');
  expect(job!.checksum).toBe(checksumOf(job!));
  expect(await reserveSome(store, { wants: [{ tenant: 'globex', queue: 'mail', max: 1 }] })).toMatchObject([{ tenant: 'globex' }]);
  expect(await store.settle([ackOf(job!)])).toEqual(['OK']);
});

test('with shared names what stands beside a queue is none, and no queue may be called so', async () => {
  const { store, other, namespace, take } = await setup('?names=shared');
  await other.set(`${namespace}_mail_errors`, Buffer.from('{"instance":"acme","jobName":"HelloWorld"}'));
  await other.set(`${namespace}_mail`, Buffer.from('hello'));

  expect((await store.enqueue([aJob({ queue: 'mail_dead' })]))[0]).toMatchObject({ code: 'BAD_NAME' });
  expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([]);
  expect(await take(`${namespace}_mail_quarantine`)).toBe('hello');
});

test('with shared names our jobs are items for others, and their attempts ride along', async () => {
  const { store, other, namespace } = await setup('?names=shared');
  await store.enqueue([aJob({ attempts: 7 })]);
  const [first] = await reserveSome(store);
  await store.settle([
    { ...refOf(first!), outcome: 'release', delayMs: 0, spend: true, lost: false, head: false, reason: 'failed' },
  ]);

  const item = JSON.parse(Buffer.from((await other.get(`${namespace}_mail`, { peek: true })) ?? []).toString());
  expect(item).toMatchObject({ instance: 'acme', jobName: 'HelloWorld', data: { foo: 'bar' } });
  expect(await reserveSome(store)).toMatchObject([{ id: 'job-1', attempt: 2, spent: 1, attempts: 7, checksum: aJob().checksum }]);
});

test('a priority that no server knows of is refused, job by job', async () => {
  const { store } = await setup();

  const jobs = [aJob({ id: 'first', priority: 0 }), aJob(), aJob({ id: 'last', priority: 9 })];

  expect((await store.enqueue(jobs)).map(({ code }) => code)).toEqual(['NOT_SUPPORTED', 'OK', 'NOT_SUPPORTED']);
  expect(await reserveSome(store)).toMatchObject([{ id: 'job-1' }]);
});

test('with shared names a job whose counters were changed on the way is set aside as it came', async () => {
  const { store, other, namespace, events, take } = await setup('?names=shared');
  await store.enqueue([aJob({ attempts: 3 })]);
  const item = await take(`${namespace}_mail`);
  const damaged = item.replace(/,3,(\d+)/, ',4,$1');
  expect(damaged).not.toBe(item);
  await other.set(`${namespace}_mail`, Buffer.from(damaged));

  expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([]);
  expect(await take(`${namespace}_mail_quarantine`)).toBe(damaged);
  expect(events).toMatchObject([{ kind: 'quarantined' }]);
});

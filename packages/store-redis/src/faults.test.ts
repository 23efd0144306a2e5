import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobStore } from '@tiercel/store';
import { aJob } from '@tiercel/store/testing';
import { eventually } from '@tiercel/test-support';
import type { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { ackOf, freshNamespace, openStore, ownRedis, QUEUE, refusal, reserveSome, someJobs, TENANT } from './redis.test.kit.js';

const ALL_VERBS = 20;

/** Does every verb once, in an order in which each has something to do. `between` runs before each. Answers how many there were. */
async function doEveryVerb(store: JobStore, between: () => Promise<unknown>): Promise<number> {
  const ids = ['job-0', 'job-1', 'job-2'];
  let verbs = 0;
  const next = async () => {
    verbs++;
    await between();
  };
  await next();
  await store.enqueue(someJobs(3));
  await next();
  expect(await store.backlog(0, { queue: '', limit: 10 })).toEqual([{ tenant: TENANT, queue: QUEUE, ready: 3 }]);
  await next();
  const leases = await reserveSome(store);
  expect(leases.map(({ id }) => id)).toEqual(ids);
  await next();
  expect(await store.extend(leases.map((lease) => ({ ...lease, leaseMs: 60_000 })))).toEqual(['OK', 'OK', 'OK']);
  await next();
  expect(await store.cancel(TENANT, ['job-0'])).toEqual([{ code: 'OK', state: 'leased' }]);
  await next();
  const bury = { ...ackOf(leases[1]!), outcome: 'bury', reason: 'bad' } as const;
  expect(await store.settle([ackOf(leases[0]!), bury])).toEqual(['OK', 'OK']);
  await next();
  expect((await store.list(TENANT, { state: 'dead', queue: '', cursor: '', limit: 10, payload: false })).jobs).toHaveLength(1);
  await next();
  expect(await store.revive(TENANT, ['job-1'])).toEqual([{ code: 'OK', state: 'ready' }]);
  await next();
  expect((await store.reap(0, 10, { owners: [{ owner: 'worker-1', reason: 'gone' }], cursor: '' })).moved).toBe(1);
  await next();
  expect((await store.promote(0, 10)).moved).toBe(0);
  await next();
  expect((await store.prune(0, 10)).moved).toBe(0);
  await next();
  expect(await store.control(TENANT, QUEUE, { set: { attempts: 7 }, clear: [] })).toEqual([]);
  await next();
  expect(await store.settings(TENANT)).toEqual([{ queue: QUEUE, settings: { attempts: 7 } }]);
  await next();
  expect(await store.queues(TENANT)).toMatchObject([{ queue: QUEUE, ready: 2, scheduled: 0, leased: 0, dead: 0, finished: 1 }]);
  await next();
  const found = await store.find(TENANT, ids, { payload: false });
  expect(found.map((job) => job?.state)).toEqual(['completed', 'ready', 'ready']);
  await next();
  expect(await store.counters(TENANT)).toHaveLength(1);
  await next();
  expect(await store.totals(0)).toMatchObject({ enqueued: 3, started: 3, succeeded: 1 });
  await next();
  expect(await store.quarantined(TENANT, { cursor: '', limit: 10 })).toEqual({ records: [], cursor: '' });
  await next();
  expect((await store.scrub(0, '')).mended).toEqual({ lost: 0, stray: 0, counts: 0, quarantined: 0 });
  await next();
  expect(await store.purge(TENANT, { queue: QUEUE, states: ['completed'], limit: 10 })).toEqual({ removed: 1, more: false });
  return verbs;
}

test('functions that are gone are loaded again, whatever was to be done, by one call more', async () => {
  const { url, admin } = await ownRedis();
  const store = await openStore(url, { shards: 1 });
  await admin.config('RESETSTAT');

  const verbs = await doEveryVerb(store, () => admin.function('FLUSH'));

  expect(verbs).toBe(ALL_VERBS);
  const { fcall, 'function|load': loads, evalsha = 0 } = await callsOf(admin);
  expect({ fcall, loads, evalsha }).toEqual({ fcall: 2 * verbs, loads: verbs, evalsha: 0 });
});

test('where functions are forbidden scripts do the same, also after SCRIPT FLUSH', async () => {
  const { url, admin } = await ownRedis();
  const store = await openStore(await withoutFunctions(url, admin), { shards: 1 });
  await admin.config('RESETSTAT');

  const verbs = await doEveryVerb(store, () => admin.script('FLUSH'));

  const { evalsha, eval: evals, fcall = 0 } = await callsOf(admin);
  expect({ evalsha, evals, fcall }).toEqual({ evalsha: verbs, evals: verbs, fcall: 0 });
});

test('a server that restarts between any two calls has all that was done, and each call is made once', async () => {
  const { server, url, admin } = await ownRedis('appendfsync always');
  const store = await openStore(url, { shards: 1 });
  let calls = 0;
  async function restart(): Promise<void> {
    calls += (await callsOf(admin)).fcall ?? 0;
    await server.kill();
    await server.restart();
    await eventually(() => store.totals(0).catch(() => undefined));
    await eventually(() => admin.config('RESETSTAT').catch(() => undefined));
  }

  const verbs = await doEveryVerb(store, restart);

  expect(calls + ((await callsOf(admin)).fcall ?? 0)).toBe(verbs + 3); // and three to open it: the functions were not there
  expect(store.status.epoch).toBe(1 + verbs);
});

test('a user who may neither call functions nor run scripts is told so', async () => {
  const { url, admin } = await ownRedis();
  await admin.acl('SETUSER', 'broker', 'on', '>sesame', '~*', '+@all', '-@scripting');

  expect((await refusal(openStore(url.replace('//', '//broker:sesame@')))).code).toBe('STORAGE_DENIED');
});

test('a server that restarts is followed, with what it kept and at most one answer unknown', async () => {
  const { server, url } = await ownRedis('appendfsync always');
  const store = await openStore(url, { shards: 1 });
  await store.enqueue(someJobs(2));

  await server.kill();
  expect((await refusal(store.enqueue(someJobs(1)))).code).toBe('STORAGE_UNAVAILABLE');
  await server.restart();

  await eventually(() => store.enqueue([aJob({ id: 'later', tenant: TENANT, queue: QUEUE })]).catch(() => undefined));
  expect((await reserveSome(store)).map(({ id }) => id)).toEqual(['job-0', 'job-1', 'later']);
});

test('a command that was under way when the connection broke is unknown, and not repeated', async () => {
  const { url, admin } = await ownRedis();
  const store = await openStore(url, { shards: 1 });
  await admin.client('PAUSE', 60_000, 'WRITE');

  const stuck = refusal(store.enqueue(someJobs(1)));
  await eventually(async () => /blocked_clients:1/.test(await admin.info('clients')));
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await admin.client('UNPAUSE');

  expect((await stuck).code).toBe('STORAGE_UNAVAILABLE');
  await eventually(() => store.find(TENANT, ['job-0'], { payload: false }).catch(() => undefined));
  expect(await store.find(TENANT, ['job-0'], { payload: false })).toEqual([null]);
});

test.each([
  ['READONLY', (admin: Redis) => admin.replicaof('127.0.0.1', 1)],
  ['NOREPLICAS', (admin: Redis) => admin.config('SET', 'min-replicas-to-write', 1)],
])('%s counts as storage that is down', async (word, spoil) => {
  const { url, admin } = await ownRedis();
  const store = await openStore(url, { shards: 1 });
  await spoil(admin);

  const fault = await refusal(store.enqueue(someJobs(1)));

  expect(fault.code).toBe('STORAGE_UNAVAILABLE');
  expect(fault.facts.reason).toContain(word);
});

test('a server that cannot write its snapshots any more counts as storage that is down, until it can', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tiercel-test-misconf-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const { url, admin } = await ownRedis(`dir ${dir}\nappendonly no\nsave 3600 1000000`);
  const store = await openStore(url, { shards: 1 });
  await rm(dir, { recursive: true });
  await admin.bgsave();
  await eventually(async () => (await admin.info('persistence')).includes('rdb_last_bgsave_status:err'));

  const fault = await refusal(store.enqueue(someJobs(1)));

  expect(fault.code).toBe('STORAGE_UNAVAILABLE');
  expect(fault.facts.reason).toContain('MISCONF');
  await admin.config('SET', 'stop-writes-on-bgsave-error', 'no');
  expect(await store.enqueue(someJobs(1))).toEqual([{ code: 'OK', state: 'ready' }]);
});

test('no fault carries what was in the command', async () => {
  const { url, admin } = await ownRedis();
  const store = await openStore(url, { shards: 1 });
  await admin.config('SET', 'min-replicas-to-write', 1);

  const fault = await refusal(store.enqueue(someJobs(1, { payload: Buffer.from('secret') })));

  expect(fault.cause).toBeUndefined();
  expect(JSON.stringify({ ...fault, message: fault.message })).not.toContain('secret');
});

test.each([
  ['functions', async (url: string) => url],
  ['scripts', withoutFunctions],
])('a full server refuses new jobs, stores none of them, and is drained: by %s', async (_, urlFor) => {
  const { url, admin } = await ownRedis();
  const store = await openStore(await urlFor(url, admin), { shards: 1 });
  const payload = new Uint8Array(1_000);
  const jobs = someJobs(2_000, { payload });
  // in small batches: a large one leaves a large buffer that the server gives back when it likes
  for (let at = 0; at < jobs.length; at += 100) await store.enqueue(jobs.slice(at, at + 100));
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))![1]);
  await admin.config('SET', 'maxmemory', used - 100_000);

  const more = someJobs(10, { payload }).map((job, at) => ({ ...job, id: `more-${at}` }));
  expect((await refusal(store.enqueue(more))).code).toBe('STORAGE_FULL');
  expect(
    await store.find(
      TENANT,
      more.map(({ id }) => id),
      { payload: false },
    ),
  ).toEqual(more.map(() => null));
  expect((await store.backlog(0, { queue: '', limit: 10 }))[0]).toMatchObject({ ready: 2_000 });

  const [first, second, third] = await reserveSome(store, 4);
  expect(await store.extend([{ ...first!, leaseMs: 60_000 }])).toEqual(['OK']);
  const release = { outcome: 'release', reason: '', delayMs: 0, head: false, spend: true, lost: false } as const;
  const bury = { outcome: 'bury', reason: 'bad' } as const;
  expect(
    await store.settle([
      { ...ackOf(first!), ...release },
      { ...ackOf(second!), ...release },
      { ...ackOf(third!), ...bury },
    ]),
  ).toEqual(['OK', 'OK', 'OK']);
  expect(await store.revive(TENANT, [third!.id])).toEqual([{ code: 'OK', state: 'ready' }]);
  expect((await store.reap(0, 10, { owners: [{ owner: 'worker-1', reason: 'gone' }], cursor: '' })).moved).toBe(1);

  let drained = 0;
  for (let leases = await reserveSome(store, 500); leases.length > 0; leases = await reserveSome(store, 500)) {
    const codes = await store.settle(leases.map(ackOf));
    drained += codes.filter((code) => code === 'OK').length;
  }
  expect(drained).toBe(2_000);
  expect((await store.queues(TENANT))[0]).toMatchObject({ ready: 0, leased: 0, finished: 2_000 });
  expect((await store.enqueue(more)).map(({ code }) => code)).toEqual(more.map(() => 'OK'));
});

test('a full server that has not the functions, or no more, is opened and drained all the same', async () => {
  const { url, admin } = await ownRedis();
  const namespace = freshNamespace();
  const before = await openStore(url, { shards: 1, namespace });
  await before.enqueue(someJobs(3));
  await admin.config('SET', 'maxmemory', 1);
  await admin.function('FLUSH');

  const store = await openStore(url, { shards: 1, namespace });

  expect((await refusal(store.enqueue(someJobs(4).slice(3)))).code).toBe('STORAGE_FULL');
  const leases = await reserveSome(store);
  expect(leases).toHaveLength(3);
  expect(await before.settle(leases.map(ackOf))).toEqual(['OK', 'OK', 'OK']);
});

test('a user who may run no scripts is told that a server is too full for the functions', async () => {
  const { url, admin } = await ownRedis();
  const store = await openStore(await withoutScripts(url, admin), { shards: 1 });
  await admin.config('SET', 'maxmemory', 1);
  await admin.function('FLUSH');

  expect((await refusal(reserveSome(store))).code).toBe('STORAGE_FULL');
});

test('jobs of two library versions on one server live side by side', async () => {
  const { url, admin } = await ownRedis();
  const store = await openStore(url, { shards: 1 });
  await admin.function(
    'LOAD',
    "#!lua name=tiercel_0123456789\nredis.register_function('tiercel_0123456789_enqueue', function() return 1 end)",
  );

  await doEveryVerb(store, async () => {});

  expect(await admin.function('LIST')).toHaveLength(2);
});

/** How often each command was called on a server. */
async function callsOf(admin: Redis): Promise<Record<string, number | undefined>> {
  const stats = (await admin.info('commandstats')).matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm);
  return Object.fromEntries(Array.from(stats, ([, name, calls]) => [name as string, Number(calls)]));
}

/** The URL with a user who may run scripts, and neither load nor call functions. */
async function withoutFunctions(url: string, admin: Redis): Promise<string> {
  await admin.acl('SETUSER', 'broker', 'on', '>sesame', '~tiercel:*', '+@all', '-function', '-fcall', '-fcall_ro');
  return url.replace('//', '//broker:sesame@');
}

/** The URL with a user who may load and call functions, and run no scripts. */
async function withoutScripts(url: string, admin: Redis): Promise<string> {
  await admin.acl('SETUSER', 'broker', 'on', '>sesame', '~tiercel:*', '+@all', '-eval', '-evalsha');
  return url.replace('//', '//broker:sesame@');
}

import { silentLog } from '@tiercel/actors';
import { shardOf } from '@tiercel/store';
import { aJob, aReserve } from '@tiercel/store/testing';
import { eventually } from '@tiercel/test-support';
import { expect, test } from 'vitest';
import { describeOnCluster } from './cluster.test.kit.js';
import { openRedisStore } from './open-redis-store.js';
import { ackOf, freshNamespace, openStore, refusal } from './redis.test.kit.js';
import { shardBase } from './shard-caller.js';

const TENANTS = Array.from({ length: 50 }, (_, at) => `tenant-${at}`);

describeOnCluster('on a cluster', (cluster) => {
  const open = (url: string) => openRedisStore({ url, namespace: freshNamespace(), log: silentLog });

  test('any of its nodes leads to all, also a replica', async () => {
    const { port } = cluster.nodes.replicas[1]!;

    const store = await openStore(`redis://127.0.0.1:${port}`);

    expect(new Set((await store.enqueue(TENANTS.map((tenant) => aJob({ tenant })))).map(({ code }) => code))).toEqual(
      new Set(['OK']),
    );
    expect(store.status).toMatchObject({ durability: 'process-crash', epoch: 1, unknown: [] });
  });

  test('a host nobody is at is passed over, and when it is the only one it is named', async () => {
    const [first] = cluster.nodes.primaries;

    await openStore(`redis://127.0.0.1:1,127.0.0.1:${first!.port}`);

    expect(await refusal(open('redis://127.0.0.1:1,127.0.0.1:2'))).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      facts: { address: '127.0.0.1:1' },
    });
  });

  test('there is one database, and another one is refused in one line', async () => {
    const fault = await refusal(open(`${cluster.nodes.primaries[0]!.server.url}/1`));

    expect(fault.code).toBe('BAD_CONFIG');
    expect(fault.facts.reason).toContain('SELECT is not allowed in cluster mode');
    expect(fault.message).not.toContain('\n');
  });

  test('a user who may not ask for its nodes is told what it takes', async () => {
    for (const { port } of cluster.nodes.primaries)
      await cluster.admin(port).call('ACL', 'SETUSER', 'blind', 'on', '>sesame', '~*', '+@all', '-cluster');
    const url = cluster.nodes.primaries[0]!.server.url.replace('//', '//blind:sesame@');

    const fault = await refusal(
      open(url).then((store) => store.enqueue(TENANTS.map((tenant) => aJob({ tenant }))).finally(store.close)),
    );

    expect(fault).toMatchObject({ code: 'STORAGE_DENIED', facts: { remedy: 'ACL SETUSER … +cluster|slots +cluster|keyslot' } });
  });

  test('a wrong password is told from a cluster that is down', async () => {
    expect((await refusal(open(cluster.url.replace('//', '//nobody:swordfish@')))).code).toBe('STORAGE_DENIED');
  });

  test('the durability is the least of all primaries', async () => {
    const last = cluster.admin(cluster.nodes.primaries[2]!.port);
    await last.config('SET', 'appendonly', 'no');

    const store = await openStore(cluster.url);

    expect(store.status.durability).toBe('memory');
    await last.config('SET', 'appendonly', 'yes');
  });

  test('functions that are gone from one node are loaded again there', async () => {
    const store = await openStore(cluster.url);
    for (const { port } of cluster.nodes.primaries) await cluster.admin(port).function('FLUSH');

    const verdicts = await store.enqueue(TENANTS.map((tenant) => aJob({ tenant })));

    expect(new Set(verdicts.map(({ code }) => code))).toEqual(new Set(['OK']));
  });

  test('a slot that does not come to rest is unavailable after two seconds, with nothing done', async () => {
    const namespace = freshNamespace();
    const store = await openStore(cluster.url, { namespace, shards: 1 });
    await store.enqueue([aJob()]);
    const move = await cluster.beginMove(await cluster.slotOf(shardBase(namespace, 0)));
    const startedAt = performance.now();

    const fault = await refusal(store.enqueue([aJob({ id: 'job-2' })]));

    expect(performance.now() - startedAt).toBeGreaterThan(1_500);
    expect([fault.code, String(fault.facts.reason).split(' ')[0]]).toEqual(['STORAGE_UNAVAILABLE', 'ASK']);
    while ((await move.keys()) > 0);
    await move.end();
    expect((await store.find('acme', ['job-1', 'job-2'], { payload: false })).map((job) => job?.id)).toEqual(['job-1', undefined]);
  });

  // Replication is not waited for, so the status never says `replicated`: what was acknowledged in the last moment may be gone.
  test('a primary that is killed is replaced by itself; only jobs of its own shards may be lost, and the epoch says so', async () => {
    const namespace = freshNamespace();
    const store = await openStore(cluster.url, { namespace });
    const jobs = TENANTS.map((tenant) => aJob({ tenant, id: 'before' }));
    await store.enqueue(jobs);
    const victim = cluster.nodes.primaries[0]!;
    const { ownerOf } = await cluster.topology();
    const isOfVictim = async (tenant: string) =>
      ownerOf(await cluster.slotOf(shardBase(namespace, shardOf(tenant, store.shards)))) === `127.0.0.1:${victim.port}`;
    const ofVictim = new Set<string>();
    for (const tenant of TENANTS) if (await isOfVictim(tenant)) ofVictim.add(tenant);
    expect(ofVictim.size).toBeGreaterThan(0);

    await victim.server.kill();
    await eventually(() => store.enqueue(TENANTS.map((tenant) => aJob({ tenant, id: 'after' }))).then(() => true), {
      withinMs: 30_000,
    });

    expect(store.status.epoch).toBeGreaterThan(1);
    expect(store.status.durability).toBe('process-crash');
    const done: string[] = [];
    for (const tenant of TENANTS) {
      const leased = (await store.reserve(aReserve(store, { wants: [{ tenant, queue: 'mail', max: 10 }] }))).jobs;
      expect(new Set(await store.settle(leased.map(ackOf)))).toEqual(new Set(['OK']));
      done.push(...leased.map(({ id }) => `${id} ${tenant}`));
    }
    const missing = jobs.filter(({ tenant }) => !done.includes(`before ${tenant}`));
    expect(missing.filter(({ tenant }) => !ofVictim.has(tenant))).toEqual([]);
    expect(done.filter((each) => each.startsWith('after'))).toHaveLength(TENANTS.length);
    await victim.server.restart();
  });
});

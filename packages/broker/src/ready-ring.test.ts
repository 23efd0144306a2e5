import { shardOf } from '@tiercel/store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Plan, ReadyRing } from './ready-ring.js';

const SHARDS = 4;
const EVERYONE = { tenant: undefined, queues: ['*'] };
const tenants = ['acme', 'blue', 'cyan', 'dune', 'echo'];
const queues = ['mail', 'video', 'bills'];

const total = (plans: readonly Plan[]) => plans.flatMap(({ wants }) => wants).reduce((sum, { max }) => sum + max, 0);
const wantsOf = (plans: readonly Plan[]) => plans.flatMap(({ wants }) => wants);
const setup = (maxPairs = 1_000) => new ReadyRing(SHARDS, maxPairs);

/** Storage that always has what it is asked for: answers a plan as if `backlog` were the truth. */
function serve(ring: ReadyRing, plans: readonly Plan[], backlog: Map<string, number>, served: Map<string, number>): void {
  for (const { tenant, queue, max } of wantsOf(plans)) {
    const key = `${tenant}:${queue}`;
    const got = Math.min(max, backlog.get(key) ?? 0);
    backlog.set(key, (backlog.get(key) ?? 0) - got);
    served.set(tenant, (served.get(tenant) ?? 0) + got);
    ring.learn(tenant, queue, backlog.get(key)!);
  }
}

describe('a plan', () => {
  const pair = fc.record({ tenant: fc.constantFrom(...tenants), queue: fc.constantFrom(...queues) });
  const step = fc.oneof(
    fc.record({ act: fc.constant('add' as const), pair, count: fc.option(fc.integer({ min: 1, max: 20 })) }),
    fc.record({ act: fc.constant('set' as const), pair, count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({
      act: fc.constant('probe' as const),
      tenant: fc.constantFrom(...tenants),
      queues: fc.uniqueArray(fc.constantFrom(...queues), { minLength: 1 }),
      max: fc.integer({ min: 1, max: 30 }),
    }),
    fc.record({
      act: fc.constant('plan' as const),
      tenant: fc.option(fc.constantFrom(...tenants), { nil: undefined }),
      queues: fc.oneof(fc.constant<string[]>(['*']), fc.uniqueArray(fc.constantFrom(...queues), { minLength: 1 })),
      max: fc.integer({ min: 1, max: 30 }),
    }),
    fc.record({ act: fc.constant('learn' as const), left: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }) }),
  );

  test('never takes more than was asked for, nor than is believed, nor from elsewhere, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ring = setup();
        const underWay: { tenant: string; queue: string }[] = [];
        const believed = new Map<string, number>();
        for (const each of steps) {
          if (each.act === 'learn') {
            const first = underWay.shift();
            if (first === undefined) continue;
            ring.learn(first.tenant, first.queue, each.left);
            believed.set(`${first.tenant}:${first.queue}`, each.left || Number.POSITIVE_INFINITY);
          } else if (each.act === 'probe') {
            const wants = wantsOf(ring.probe(each.tenant, each.queues, each.max));
            expect(each.queues.filter((queue) => wants.some((want) => want.queue === queue))).toEqual(
              wants.map(({ queue }) => queue),
            );
            for (const { tenant, queue, max } of wants) {
              expect(tenant).toBe(each.tenant);
              expect(max).toBeLessThanOrEqual(each.max);
              const key = `${tenant}:${queue}`;
              believed.set(key, (believed.get(key) ?? Number.POSITIVE_INFINITY) - max);
              underWay.push({ tenant, queue });
            }
          } else if (each.act === 'plan') {
            const plans = ring.plan({ tenant: each.tenant, queues: each.queues }, each.max);
            expect(total(plans)).toBeLessThanOrEqual(each.max);
            for (const { shard, wants } of plans) {
              expect(wants.length).toBeGreaterThan(0);
              for (const { tenant, queue, max } of wants) {
                expect(max).toBeGreaterThan(0);
                expect(shard).toBe(shardOf(tenant, SHARDS));
                expect(each.tenant ?? tenant).toBe(tenant);
                expect(each.queues.includes('*') || each.queues.includes(queue)).toBe(true);
                const key = `${tenant}:${queue}`;
                expect(max).toBeLessThanOrEqual(believed.get(key) ?? 0);
                believed.set(key, believed.get(key)! - max);
                underWay.push({ tenant, queue });
              }
            }
          } else {
            const { tenant, queue } = each.pair;
            const key = `${tenant}:${queue}`;
            if (each.act === 'add') ring.add(tenant, queue, each.count ?? undefined);
            else ring.set(tenant, queue, each.count);
            const count = each.count ?? Number.POSITIVE_INFINITY;
            if (each.act === 'set') believed.set(key, Math.max(count, believed.get(key) ?? 0));
            else believed.set(key, (believed.get(key) ?? 0) + count);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('comes to every tenant with ready work within as many rounds as there are tenants', () => {
    const backlogs = fc.dictionary(fc.constantFrom(...tenants), fc.integer({ min: 1, max: 10_000 }), { minKeys: 1 });
    fc.assert(
      fc.property(backlogs, fc.integer({ min: 1, max: 4 }), (backlog, max) => {
        const ring = setup();
        const waiting = new Set(Object.keys(backlog));
        for (const [tenant, count] of Object.entries(backlog)) ring.add(tenant, 'mail', count);
        for (let round = 0; round < Object.keys(backlog).length; round++) {
          const plans = ring.plan(EVERYONE, max);
          for (const { tenant } of wantsOf(plans)) waiting.delete(tenant);
          serve(ring, plans, new Map(Object.entries(backlog).map(([tenant, count]) => [`${tenant}:mail`, count])), new Map());
        }
        expect([...waiting]).toEqual([]);
      }),
    );
  });

  test('gives tenants that always have work the same number of slots, give or take one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 20, maxLength: 60 }),
        (many, asks) => {
          const ring = setup();
          const backlog = new Map(tenants.slice(0, many).map((tenant) => [`${tenant}:mail`, 1_000_000]));
          const served = new Map(tenants.slice(0, many).map((tenant) => [tenant, 0]));
          for (const key of backlog.keys()) ring.add(key.split(':')[0]!, 'mail', 1_000_000);
          for (const max of asks) serve(ring, ring.plan(EVERYONE, max), backlog, served);
          const shares = [...served.values()];
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('takes all that is there when it is fewer than asked for', () => {
    const ring = setup();
    for (const [at, tenant] of tenants.entries()) ring.add(tenant, 'mail', at + 1);
    expect(total(ring.plan(EVERYONE, 100))).toBe(15);
    expect(ring.plan(EVERYONE, 100)).toEqual([]);
  });

  test('goes by the order of the queues', () => {
    const ring = setup();
    ring.add('acme', 'mail', 5);
    ring.add('blue', 'video', 5);
    expect(wantsOf(ring.plan({ tenant: undefined, queues: ['video', 'mail'] }, 6))).toEqual([
      { tenant: 'blue', queue: 'video', max: 5 },
      { tenant: 'acme', queue: 'mail', max: 1 },
    ]);
  });

  test('lets queues take turns under *', () => {
    const ring = setup();
    for (const queue of queues) ring.add('acme', queue, 10);
    const turns = [1, 2, 3, 4].map(() => wantsOf(ring.plan(EVERYONE, 1))[0]?.queue);
    expect(turns).toEqual(['mail', 'video', 'bills', 'mail']);
  });

  test('lets two queues take turns under * too', () => {
    const ring = setup();
    for (const queue of ['mail', 'video']) ring.add('acme', queue, 10);
    const turns = [1, 2, 3, 4].map(() => wantsOf(ring.plan(EVERYONE, 1))[0]?.queue);
    expect(turns).toEqual(['mail', 'video', 'mail', 'video']);
  });

  test('passes over whoever has a reserve under way instead of waiting for it', () => {
    const ring = setup();
    ring.add('acme', 'mail', undefined);
    ring.add('blue', 'mail', 3);
    const got = [1, 2, 3, 4].flatMap(() => wantsOf(ring.plan(EVERYONE, 1))).map(({ tenant }) => tenant);
    expect(got).toEqual(['acme', 'blue', 'blue', 'blue']);
  });
});

describe('a probe', () => {
  test('asks for all the queues it names by one reserve, in their order', () => {
    const ring = setup();
    ring.add('acme', 'video', 3);
    expect(ring.probe('acme', ['mail', 'video', 'bills'], 10)).toEqual([
      {
        shard: shardOf('acme', SHARDS),
        wants: [
          { tenant: 'acme', queue: 'mail', max: 10 },
          { tenant: 'acme', queue: 'video', max: 3 },
          { tenant: 'acme', queue: 'bills', max: 10 },
        ],
      },
    ]);
  });

  test('leaves a queue of which another is finding out to that', () => {
    const ring = setup();
    ring.probe('acme', ['mail'], 10);
    expect(wantsOf(ring.probe('acme', ['mail', 'video'], 10))).toEqual([{ tenant: 'acme', queue: 'video', max: 10 }]);
  });

  test.each([['found nothing', 0] as const, ['failed', undefined] as const])(
    'that %s leaves no memory of a name nobody heard of, and sends nobody else there meanwhile',
    (_, left) => {
      const ring = setup();
      ring.probe('acme', ['made-up'], 10);
      expect(ring.plan(EVERYONE, 10)).toEqual([]);
      ring.learn('acme', 'made-up', left);
      expect(ring.size).toBe(0);
    },
  );

  test.each([[0], [undefined]])('does not outweigh news that came while it was on its way (%s left)', (left) => {
    const ring = setup();
    ring.probe('acme', ['mail'], 10);
    ring.add('acme', 'mail', 1);
    ring.learn('acme', 'mail', left);
    expect(total(ring.plan(EVERYONE, 10))).toBe(10);
  });

  test('that failed leaves what had been heard of in doubt', () => {
    const ring = setup();
    ring.add('acme', 'mail', 3);
    ring.probe('acme', ['mail'], 10);
    ring.learn('acme', 'mail', undefined);
    expect(total(ring.plan(EVERYONE, 10))).toBe(10);
  });

  test('that found more is shared with everyone', () => {
    const ring = setup();
    ring.probe('acme', ['mail'], 10);
    ring.learn('acme', 'mail', 7);
    expect(total(ring.plan(EVERYONE, 10))).toBe(7);
  });
});

describe('what is believed', () => {
  test('of "some" one reserve at a time finds out', () => {
    const ring = setup();
    ring.add('acme', 'mail', undefined);
    expect(total(ring.plan(EVERYONE, 10))).toBe(10);
    expect(ring.plan(EVERYONE, 10)).toEqual([]);
    ring.learn('acme', 'mail', 7);
    expect(total(ring.plan(EVERYONE, 10))).toBe(7);
  });

  test('a count is not forgotten because somebody asks', () => {
    const ring = setup();
    ring.add('acme', 'mail', 7);
    expect(total(ring.probe('acme', ['mail'], 5))).toBe(5);
    expect(total(ring.plan(EVERYONE, 5))).toBe(2);
  });

  test('"none left" does not outweigh news that came while it was on its way', () => {
    const ring = setup();
    ring.add('acme', 'mail', undefined);
    ring.plan(EVERYONE, 10);
    ring.add('acme', 'mail', 1);
    ring.learn('acme', 'mail', 0);
    expect(total(ring.plan(EVERYONE, 10))).toBe(10);
    ring.learn('acme', 'mail', 0);
    expect(ring.size).toBe(0);
  });

  test('a reserve that failed leaves its pair in doubt, not forgotten', () => {
    const ring = setup();
    ring.add('acme', 'mail', 3);
    ring.plan(EVERYONE, 3);
    ring.learn('acme', 'mail', undefined);
    expect(total(ring.plan(EVERYONE, 10))).toBe(10);
  });

  test('a pair is kept while a reserve for it is under way and forgotten when none is left', () => {
    const ring = setup();
    ring.add('acme', 'mail', 4);
    ring.plan(EVERYONE, 2);
    ring.plan(EVERYONE, 2);
    ring.learn('acme', 'mail', 0);
    expect(ring.size).toBe(1);
    ring.learn('acme', 'mail', 0);
    expect(ring.size).toBe(0);
  });

  test('is of so many pairs at most', () => {
    const ring = setup(3);
    for (const tenant of tenants) ring.add(tenant, 'mail', 1);
    expect(ring.size).toBe(3);
    expect(total(ring.plan(EVERYONE, 10))).toBe(3);
  });
});

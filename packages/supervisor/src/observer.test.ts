import { createSystem, silentLog } from '@tiercel/actors';
import { seededRandom, VirtualClock } from '@tiercel/actors/testing';
import type { Presence } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { type Observed, type ObserverOptions, observer } from './index.js';

const SIGN: Presence = { service: 'consumer', instance: 'c1', pid: 1, stopping: false, leases: 3, version: '0.1.0', nowMs: 0 };

type Attendance = Awaited<ReturnType<ObserverOptions['ask']>>;

/** An observer whose wire is up for long, and to which `attendance` is answered. */
async function setup(attendance: Attendance = 'absent') {
  const clock = new VirtualClock();
  const gone: string[] = [];
  const asked: string[] = [];
  const world = { attendance, wire: (_up: boolean) => {}, observed: undefined as Observed | undefined };
  const system = createSystem({ name: 'supervisor', clock, random: seededRandom(1), log: silentLog });
  const ref = system.spawn({
    name: 'observer',
    actor: observer({
      ask: async (instance) => {
        asked.push(instance);
        return world.attendance;
      },
      watchWire: (notify) => {
        world.wire = notify;
        notify(true);
        return () => {};
      },
      onGone: (owner, reason) => gone.push(`${owner}: ${reason}`),
      onChange: (observed) => {
        world.observed = observed;
      },
    }),
  });
  const say = (sign: Partial<Presence> = {}) => ref.tell('alive', { ...SIGN, ...sign });
  await clock.advance(20_000);
  return { clock, ref, world, gone, asked, say };
}

test('a consumer to which nobody is connected any more is gone within two seconds of its last sign, once', async () => {
  const { clock, gone, world, say } = await setup();
  say();
  await clock.advance(1_400);
  expect(gone).toEqual([]);

  await clock.advance(600);
  expect(gone).toEqual(['c1: its connection ended']);
  expect(world.observed).toEqual({ consumers: 0, gone: 1 });

  await clock.advance(60_000);
  expect(gone).toHaveLength(1);
});

test.each(['silent', 'present', 'unknown'] as const)('one that is %s when it is asked for is not', async (attendance) => {
  const { clock, gone, asked, say } = await setup(attendance);
  say();

  await clock.advance(60_000);

  expect(gone).toEqual([]);
  expect(asked.length).toBeGreaterThan(10);
});

test('one that gives signs is not even asked for, nor is one that says goodbye, nor what is no consumer', async () => {
  const { clock, asked, say } = await setup();
  say({ instance: 'leaves' });
  say({ instance: 'leaves', stopping: true });
  say({ instance: 'producer', service: 'producer' });

  for (let second = 0; second < 10; second++) {
    say();
    await clock.advance(1_000);
  }

  expect(asked).toEqual([]);
});

test('a sign that comes while it is asked for keeps it', async () => {
  const { clock, gone, world, say } = await setup();
  let answer: (attendance: Attendance) => void = () => {};
  world.attendance = new Promise<Attendance>((resolve) => {
    answer = resolve;
  }) as unknown as Attendance;
  say();
  await clock.advance(1_800);

  say();
  await clock.advance(10);
  answer('absent');
  await clock.advance(10);

  expect(gone).toEqual([]);
});

test('after the wire was away, who has not been heard of since gets the time to come back', async () => {
  const { clock, gone, world, say } = await setup();
  say();
  say({ instance: 'c2' });
  await clock.advance(100);
  world.wire(false);
  await clock.advance(30_000);
  expect(gone).toEqual([]);

  world.wire(true);
  await clock.advance(1_000);
  say({ instance: 'c2' });
  await clock.advance(2_000);
  expect(gone).toEqual(['c2: its connection ended']);

  await clock.advance(8_000);
  expect(gone).toHaveLength(2);
});

test('an end that somebody else saw is handed on, and not noticed again', async () => {
  const { clock, ref, gone, say } = await setup();
  say();

  ref.tell('gone', { owner: 'c1', reason: 'ended by SIGKILL' });
  await clock.advance(10_000);

  expect(gone).toEqual(['c1: ended by SIGKILL']);
});

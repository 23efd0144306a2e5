import { silentLog } from '@tiercel/actors';
import { VirtualClock } from '@tiercel/actors/testing';
import { expect, test } from 'vitest';
import { type Child, type Fleet, type FleetOptions, type Launch, type ProcessEnd, type Program, superviseFleet } from './index.js';

interface FakeProcess extends Child {
  readonly launch: Launch;
  ready(): void;
  end(end: Partial<ProcessEnd>): void;
}

/** Processes that end when told, or when terminated unless `stubborn`. */
function setup(
  programs: readonly Partial<Program>[],
  { stubborn = false, ...options }: Partial<FleetOptions> & { stubborn?: boolean } = {},
) {
  const clock = new VirtualClock();
  const started: FakeProcess[] = [];
  const events: string[] = [];
  const nameOf = (launch: Launch) => launch.args[0] as string;
  const spawn = (launch: Launch): Child => {
    let end: (end: Partial<ProcessEnd>) => void = () => {};
    const ended = new Promise<ProcessEnd>((resolve) => {
      end = (how) => resolve({ code: null, signal: null, ready: true, fault: '', ...how });
    });
    let ready = () => {};
    const readied = new Promise<void>((resolve) => {
      ready = resolve;
    });
    events.push(`start ${nameOf(launch)}`);
    const terminate = () => {
      events.push(`term ${nameOf(launch)}`);
      if (!stubborn) end({ code: 0 });
    };
    const kill = () => {
      events.push(`kill ${nameOf(launch)}`);
      end({ signal: 'SIGKILL' });
    };
    const process = { pid: 100 + started.length, readied, ended, terminate, kill, launch, ready, end };
    started.push(process);
    return process;
  };
  const full = programs.map((program) => ({
    name: 'x',
    command: 'node',
    args: [program.name ?? 'x'],
    env: {},
    count: 1,
    ...program,
  }));
  let dice = 0;
  const random = { next: () => 0.999, bytes: (count: number) => new Uint8Array(count).fill(dice++) };
  const fleet: Fleet = superviseFleet({ programs: full, spawn, clock, random, log: silentLog, drainMs: 1_000, ...options });
  return { fleet, clock, started, events };
}

test('processes start in order, as many as planned, and drain in reverse', async () => {
  const { fleet, clock, events } = setup([{ name: 'broker' }, { name: 'consumer', count: 2 }]);

  await clock.settle();
  await fleet.stop();

  expect(events).toEqual(['start broker', 'start consumer', 'start consumer', 'term consumer', 'term consumer', 'term broker']);
});

test('a fleet is ready when every process has been, also one that had to be started again', async () => {
  const { fleet, clock, started } = setup([{ name: 'broker' }, { name: 'consumer' }]);
  let isReady = false;
  void fleet.ready.then(() => {
    isReady = true;
  });

  await clock.settle();
  started[0]!.ready();
  started[1]!.end({ code: 1 });
  await clock.advance(1_000);
  expect(isReady).toBe(false);
  started[2]!.ready();
  await clock.settle();

  expect(isReady).toBe(true);
});

test('a killed process is back within a second, under another name, and its end is told', async () => {
  const told: string[] = [];
  const { clock, started } = setup([{ name: 'consumer' }], { onEnd: (instance, reason) => told.push(`${instance} ${reason}`) });

  await clock.settle();
  started[0]!.end({ signal: 'SIGKILL' });
  await clock.advance(1_000);

  const [first, second] = started.map(({ launch }) => launch.env.TIERCEL_INSTANCE);
  expect(started).toHaveLength(2);
  expect(first).toMatch(/^consumer-1-[0-9a-f]{8}$/);
  expect(second).not.toBe(first);
  expect(told).toEqual([`${first} ended by SIGKILL`]);
});

test('also one that ended as if it were done is started again', async () => {
  const { clock, started } = setup([{ name: 'consumer' }]);

  await clock.settle();
  started[0]!.end({ code: 0 });
  await clock.advance(1_000);

  expect(started).toHaveLength(2);
});

test('past the budget the others are drained and the fleet ends with 1', async () => {
  const restarts = { strategy: 'one_for_one', maxRestarts: 2, withinMs: 60_000, backoff: { baseMs: 1, maxMs: 1 } } as const;
  const { fleet, clock, started, events } = setup([{ name: 'broker' }, { name: 'consumer' }], { restarts });

  await clock.settle();
  for (let crashes = 0; crashes < 3; crashes++) {
    started.at(crashes === 0 ? 1 : -1)!.end({ code: 1 });
    await clock.advance(10);
  }

  expect(await fleet.ended).toBe(1);
  expect(events.filter((event) => event === 'start consumer')).toHaveLength(3);
  expect(events.at(-1)).toBe('term broker');
});

test('a forgiven process that had been ready comes back for ever, soon at first and then every five seconds at most', async () => {
  const restarts = { strategy: 'one_for_one', maxRestarts: 2, withinMs: 60_000, backoff: { baseMs: 1, maxMs: 1 } } as const;
  const { fleet, clock, started } = setup([{ name: 'broker' }, { name: 'consumer', forgiven: true }], { restarts });
  let over = false;
  void fleet.ended.then(() => {
    over = true;
  });

  await clock.settle();
  started.at(-1)!.end({ code: 1 });
  await clock.advance(200);
  expect(started).toHaveLength(3);
  for (let ends = 0; ends < 30; ends++) {
    started.at(-1)!.end({ code: 1 });
    await clock.advance(5_000);
    expect(started).toHaveLength(4 + ends);
  }
  started.at(-1)!.end({ code: 1 });
  await clock.advance(2_000);

  expect(started).toHaveLength(33);
  expect(over).toBe(false);
});

test('a forgiven process that is away when the fleet stops does not come back', async () => {
  const { fleet, clock, started, events } = setup([{ name: 'consumer', forgiven: true }]);

  await clock.settle();
  started[0]!.end({ code: 1 });
  await clock.settle();
  await fleet.stop();
  await clock.advance(10_000);

  expect(events).toEqual(['start consumer']);
});

test('a forgiven process that never was ready spends the budget', async () => {
  const restarts = { strategy: 'one_for_one', maxRestarts: 2, withinMs: 60_000, backoff: { baseMs: 1, maxMs: 1 } } as const;
  const { fleet, clock, started } = setup([{ name: 'consumer', forgiven: true }], { restarts });

  await clock.settle();
  for (let ends = 0; ends < 3; ends++) {
    started.at(-1)!.end({ code: 1, ready: false });
    await clock.advance(10);
  }

  expect(await fleet.ended).toBe(1);
  expect(started).toHaveLength(3);
});

test('a process that was refused at its start is not started again, and its exit code is the one of the fleet', async () => {
  const { fleet, clock, started } = setup([{ name: 'broker' }]);

  await clock.settle();
  started[0]!.end({ code: 4, ready: false });

  expect(await fleet.ended).toBe(4);
  expect(started).toHaveLength(1);
});

test.each([0, 3])('the fleet ends as the process that decides, with %i', async (code) => {
  const { fleet, clock, started, events } = setup([{ name: 'broker' }, { name: 'demo', decides: true }]);

  await clock.settle();
  started[1]!.end({ code });

  expect(await fleet.ended).toBe(code);
  expect(events.at(-1)).toBe('term broker');
});

test('a process that does not drain is killed after the bound', async () => {
  const { fleet, clock, events } = setup([{ name: 'consumer' }], { stubborn: true });

  await clock.settle();
  const stopped = fleet.stop();
  await clock.advance(999);
  expect(events.at(-1)).toBe('term consumer');
  await clock.advance(1);
  await stopped;

  expect(events.at(-1)).toBe('kill consumer');
});

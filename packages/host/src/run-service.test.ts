import { Writable } from 'node:stream';
import { VirtualClock } from '@tiercel/actors/testing';
import { fail } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { type Host, type Machine, runService } from './index.js';

function setup({
  env = {},
  argv = [],
  parent = () => 1,
}: {
  env?: Record<string, string>;
  argv?: string[];
  parent?: () => number;
} = {}) {
  const lines: string[] = [];
  const complaints: string[] = [];
  const acts = new Map<string, () => void>();
  let uncaught: (error: unknown) => void = () => {};
  let unread: (error: NodeJS.ErrnoException) => void = () => {};
  let exited: (code: number) => void = () => {};
  const exit = new Promise<number>((resolve) => {
    exited = resolve;
  });
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  let ready = 0;
  const machine: Machine = {
    argv,
    env,
    pid: 7,
    hostname: 'box',
    stdout,
    parent,
    complain: (line) => complaints.push(line),
    on: (event, act) => acts.set(event, act),
    onUncaught: (act) => {
      uncaught = act;
    },
    onUnread: (act) => {
      unread = act;
    },
    reportReady: () => ready++,
    exit: (code) => exited(code),
  };
  const clock = new VirtualClock();
  const run = (wire: (host: Host<'nats'>) => Promise<void>) =>
    runService(
      { name: 'toy', settings: ['nats'], machine, clock, random: { next: () => 0.5, bytes: (n) => new Uint8Array(n) } },
      wire,
    );
  return {
    run,
    clock,
    exit,
    lines,
    complaints,
    ready: () => ready,
    signal: (name: string) => acts.get(name)?.(),
    crash: (e: unknown) => uncaught(e),
    unread: (code: string) => unread(Object.assign(new Error(code), { code })),
  };
}

test('a signal runs the undos last in first out, and then the process exits with 0', async () => {
  const { run, signal, exit, ready, clock } = setup();
  const order: string[] = [];

  await run(async ({ defer }) => {
    defer(() => void order.push('transport'));
    defer(() => void order.push('worker'));
  });
  await clock.settle();
  expect(ready()).toBe(1);
  signal('SIGTERM');

  expect(await exit).toBe(0);
  expect(order).toEqual(['worker', 'transport']);
});

test('a service that must do something first runs, and is ready when that is done', async () => {
  const { run, clock, ready, lines } = setup();
  let done = () => {};

  await run(async ({ readyAfter }) =>
    readyAfter(
      new Promise<void>((resolve) => {
        done = resolve;
      }),
    ),
  );
  await clock.settle();
  expect(lines.join('')).toContain('service started');
  expect(ready()).toBe(0);
  done();
  await clock.settle();

  expect(ready()).toBe(1);
});

test('an undo that fails is logged, and the rest still run', async () => {
  const { run, signal, exit, lines } = setup();
  let closed = false;

  await run(async ({ defer }) => {
    defer(() => {
      closed = true;
    });
    defer(() => Promise.reject(new Error('no')));
  });
  signal('SIGINT');

  expect(await exit).toBe(0);
  expect(closed).toBe(true);
  expect(lines.join('')).toContain('undo failed');
});

test('a drain that takes longer than its bound is cut short', async () => {
  const { run, signal, exit, clock } = setup({ env: { TIERCEL_DRAIN: '3s' } });

  await run(async ({ defer }) => defer(() => new Promise(() => {})));
  signal('SIGTERM');
  await clock.advance(13_000);

  expect(await exit).toBe(1);
});

test('a second signal exits at once, unless it is the same Ctrl-C handed on by npm', async () => {
  const { run, signal, exit, clock } = setup();
  let exited = false;
  void exit.then(() => {
    exited = true;
  });

  await run(async ({ defer }) => defer(() => new Promise(() => {})));
  signal('SIGINT');
  await clock.advance(499);
  signal('SIGINT');
  await clock.settle();
  expect(exited).toBe(false);
  await clock.advance(1);
  signal('SIGINT');

  expect(await exit).toBe(1);
});

test('what nobody caught is logged and ends the process with 1', async () => {
  const { run, crash, exit, lines } = setup();

  await run(async () => {});
  crash(new Error('boom at redis://user:hunter2@host'));

  expect(await exit).toBe(1);
  expect(lines.join('')).toContain('boom');
  expect(lines.join('')).not.toContain('hunter2');
});

test('an error while wiring is one line with its code, gives back what was acquired, and decides the exit code', async () => {
  const { run, exit, complaints } = setup();
  let closed = false;

  await run(async ({ defer }) => {
    defer(() => {
      closed = true;
    });
    fail('UNREACHABLE', { url: 'nats://user:hunter2@host' });
  });

  expect(await exit).toBe(5);
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toMatch(/^UNREACHABLE: .*nats:\/\/\*\*\*@host/);
  expect(closed).toBe(true);
});

test('faults of the configuration are listed and nothing is started', async () => {
  const { run, exit, complaints } = setup({ env: { TIERCEL_NATS_URL: 'x', TIERCEL_DRAIN: 'x' } });
  let wired = false;

  await run(async () => {
    wired = true;
  });

  expect(await exit).toBe(2);
  expect(complaints.join('\n').split('\n')).toHaveLength(3);
  expect(wired).toBe(false);
});

test('a process whose parent changed exits', async () => {
  let parent = 42;
  const { run, exit, clock } = setup({ env: { TIERCEL_PARENT: '42' }, parent: () => parent });

  await run(async () => {});
  parent = 1;
  await clock.advance(250);

  expect(await exit).toBe(1);
});

test('npx tells nobody that it was told to end, so what it started drains when it is gone', async () => {
  let parent = 42;
  const { run, exit, clock } = setup({ env: { npm_command: 'exec' }, parent: () => parent });
  let drained = false;

  await run(async ({ defer }) =>
    defer(() => {
      drained = true;
    }),
  );
  parent = 1;
  await clock.advance(250);

  expect([await exit, drained]).toEqual([0, true]);
});

test('a shell that put a service in the background may go', async () => {
  let parent = 42;
  const { run, clock, lines } = setup({ env: { npm_command: 'run-script' }, parent: () => parent });

  await run(async () => {});
  parent = 1;
  await clock.advance(1_000);

  expect(lines.join('')).not.toContain('service draining');
});

test('whoever read what it prints has gone: it ends in order, and says nothing of it', async () => {
  const { run, exit, unread, lines } = setup();

  await run(async () => {});
  unread('EPIPE');
  unread('EPIPE');

  expect(await exit).toBe(0);
  expect(lines.join('')).not.toContain('error');
});

test('no room for what it prints is a fault that ends it', async () => {
  const { run, exit, unread } = setup();

  await run(async () => {});
  unread('ENOSPC');

  expect(await exit).toBe(1);
});

test('a service tells over HTTP whether it does its work, from before it is wired until it has drained', async () => {
  const { run, signal, exit, lines } = setup({ env: { TIERCEL_HEALTH_PORT: '0' } });
  const told: [status: number, phase: string][] = [];
  const look = async (): Promise<void> => {
    const { port } = JSON.parse(lines.find((line) => line.includes('health served')) as string) as { port: number };
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    told.push([response.status, ((await response.json()) as { phase: string }).phase]);
  };
  let well = false;

  await run(async ({ check, defer }) => {
    check('part', () => ({ ok: well }));
    defer(look);
    await look();
  });
  await look();
  well = true;
  await look();
  signal('SIGTERM');

  expect(await exit).toBe(0);
  expect(told).toEqual([
    [503, 'starting'],
    [503, 'running'],
    [200, 'running'],
    [503, 'draining'],
  ]);
  await expect(look()).rejects.toThrow('fetch failed');
});

test('without a port for it nothing listens', async () => {
  const { run, lines } = setup();

  await run(async () => {});

  expect(lines.join('')).not.toContain('health served');
});

test('a story tells lines as sentences with the process they come from', async () => {
  const { run, lines } = setup({ env: { TIERCEL_LOG_FORMAT: 'story' } });

  await run(async ({ log }) => {
    log.debug({}, 'small talk');
    log.warn({ url: 'x' }, 'connection lost');
  });

  expect(lines.join('')).toMatch(/^\[toy \d+\] warn: connection lost \(url=x\)\n\[toy \d+\] is up\n$/);
});

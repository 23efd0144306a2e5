import { expect, test } from 'vitest';
import type { Actor, Exit } from './actor.js';
import { createTestKit } from './testing/index.js';

interface Watcher {
  watch(target: { ended: Promise<Exit> }): void;
  gone(exit: Exit): void;
}

interface Idle {
  idle(x: null): void;
}

function setup() {
  const kit = createTestKit();
  const notices: Exit[] = [];
  const watcher: Actor<Watcher> = (ctx) => ({
    watch: (target) => ctx.watch(target, 'gone'),
    gone: (exit) => void notices.push(exit),
  });
  const system = kit.system('a');
  const target = system.spawn<Idle>({ name: 'target', actor: () => ({ idle() {} }) });
  return { ...kit, notices, target, watcher: system.spawn({ name: 'watcher', actor: watcher }) };
}

test('a watcher is told once why its target ended', async () => {
  const { watcher, target, notices, settle, crash } = setup();
  watcher.tell('watch', target);
  await settle();
  expect(notices).toEqual([]);

  crash(target, new Error('dropped'));
  await settle();
  await target.stop();
  await settle();
  expect(notices).toMatchObject([{ reason: 'crash', error: { message: 'dropped' } }]);
});

test('a target already gone gives its one notice too', async () => {
  const { watcher, target, notices, settle } = setup();
  await target.stop();

  watcher.tell('watch', target);
  await settle();
  expect(notices).toEqual([{ reason: 'shutdown' }]);
});

test('anything that ends can be watched, and silence is told as unreachable', async () => {
  const { watcher, notices, settle } = setup();
  watcher.tell('watch', { ended: Promise.resolve<Exit>({ reason: 'unreachable' }) });

  await settle();
  expect(notices).toEqual([{ reason: 'unreachable' }]);
});

test('a watcher that ended first is told nothing', async () => {
  const { watcher, target, notices, settle } = setup();
  watcher.tell('watch', target);
  await settle();
  await watcher.stop();

  await target.stop();
  await settle();
  expect(notices).toEqual([]);
});

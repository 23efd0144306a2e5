import { expect, test } from 'vitest';
import { aJob } from './broker.test.kit.js';
import { earlyKeeper } from './early-keeper.js';
import type { KeeperFactory, KeeperHooks } from './keeper.js';
import { deferred, setup, untilAborted } from './setup.test.kit.js';

/** A keeper in the hands of the test. */
function manual() {
  const started = deferred();
  let hooks: KeeperHooks | undefined;
  const factory: KeeperFactory = (given) => {
    hooks = given;
    return { ready: started.promise, keep() {}, ended() {}, async stop() {} };
  };
  return { started, factory, fault: (error: unknown) => hooks?.fault(error) };
}

test('a keeper that was started early keeps leases, and tells of a cancel, as one started by its worker', async () => {
  const [long, cancelled] = [aJob({ leaseMs: 3_000 }), aJob({ leaseMs: 3_000, data: 'cancelled' })];
  const gate = deferred();
  const { broker, worker, advance } = await setup({
    jobs: [long, cancelled],
    work: (input) => (input.data === 'cancelled' ? untilAborted(input) : gate.promise),
    wrapKeeper: (keeper) => earlyKeeper(keeper).factory,
  });
  await advance(100);

  await broker.store.cancel('acme', [cancelled.id]);
  for (let at = 0; at < 10; at++) {
    await advance(1_000);
    await broker.sweep();
  }
  gate.resolve();
  await advance(100);

  expect(await broker.view(long.id)).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await broker.view(cancelled.id)).toMatchObject({ state: 'cancelled' });
  expect(worker.counters.lost).toBe(0);
});

test('a keeper that is gone before its worker comes is told at the start of that worker', async () => {
  const { started, factory, fault } = manual();
  const early = earlyKeeper(factory);
  started.resolve();

  fault(new Error('gone'));

  await expect(setup({ keeper: early.factory })).rejects.toThrow('gone');
});

test('a keeper that cannot start is told at the start of its worker, and to nobody when none comes', async () => {
  const { started, factory } = manual();
  const early = earlyKeeper(factory);

  started.reject(new Error('no way there'));
  await new Promise(setImmediate); // an unhandled rejection would end the test run here

  await expect(setup({ keeper: early.factory })).rejects.toThrow('no way there');
});

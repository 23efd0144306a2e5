import { realClock, silentLog } from '@tiercel/actors';
import { expect, test } from 'vitest';
import type { Connector } from './keeper-message.js';
import { BROKER_PATH, realSetup } from './real.test.kit.js';
import { threadKeeper } from './thread-keeper.js';

const connector = (path: string): Connector => ({
  module: import.meta.resolve('@tiercel/socket'),
  export: 'connectSocket',
  options: { path, firstConnectMs: 100 },
});

const open = (path: string, faults: unknown[] = []) =>
  threadKeeper({
    connector: connector(path),
    brokerPath: BROKER_PATH,
    clock: realClock,
    log: silentLog,
  })({
    lost() {},
    cancel() {},
    fault: (error) => faults.push(error),
  });

test('a keeper that cannot connect says why when it is awaited, and is no fault later', async () => {
  const faults: unknown[] = [];

  await expect(open('/nowhere/broker.sock', faults).ready).rejects.toMatchObject({ code: 'UNREACHABLE' });

  expect(faults).toEqual([]);
});

test('a keeper that is stopped ends its thread, and that is no fault', async () => {
  const { file } = await realSetup();
  const faults: unknown[] = [];
  const keeper = open(file('broker.sock'), faults);
  await keeper.ready;

  await keeper.stop();

  expect(faults).toEqual([]);
});

test('a keeper that is stopped on its way ends at once and is never ready', async () => {
  const { file } = await realSetup();
  const faults: unknown[] = [];
  const keeper = open(file('broker.sock'), faults);
  const ready = expect(keeper.ready).rejects.toMatchObject({ code: 'STOPPED' });

  await keeper.stop();

  await ready;
  expect(faults).toEqual([]);
});

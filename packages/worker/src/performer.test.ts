import { silentLog } from '@tiercel/actors';
import { createTestKit } from '@tiercel/actors/testing';
import { decodeData } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { aLeasedJob } from './broker.test.kit.js';
import type { Handler } from './handlers.js';
import { Performer } from './performer.js';
import { forEver, untilAborted } from './setup.test.kit.js';

function setup(run: Handler['run']) {
  const kit = createTestKit();
  const handlers = new Map([['Work', { name: 'Work', isolation: 'inline' as const, run }]]);
  const performer = new Performer({
    handlers,
    clock: kit.clockOf('performer'),
    random: kit.random,
    log: silentLog,
    graceMs: 1_000,
  });
  return { kit, performer };
}

const aJob = (more: object = {}) => aLeasedJob({ name: 'Work', timeoutMs: 5_000, ...more });

test('a handler that returns ends its job with an ack, and its result', async () => {
  const { performer } = setup(({ data }) => ({ saw: data }));

  const outcome = await performer.perform(aJob({ data: 1 })).outcome;

  expect(outcome).toMatchObject({ outcome: 'ack' });
  expect(decodeData((outcome as { result: Uint8Array }).result)).toEqual({ saw: 1 });
});

test('a handler that throws spends an attempt, one that nobody knows buries the job', async () => {
  const { performer } = setup(() => {
    throw new TypeError('not today');
  });

  expect(await performer.perform(aJob()).outcome).toMatchObject({
    outcome: 'release',
    spend: true,
    reason: 'TypeError: not today',
  });
  expect(await performer.perform(aJob({ name: 'Nobody' })).outcome).toMatchObject({ outcome: 'bury' });
});

test.each([
  ['heeds its signal', untilAborted],
  ['runs on', forEver],
])('a handler that %s when its time is up has failed', async (_what, run) => {
  const { kit, performer } = setup(run);

  const { outcome } = performer.perform(aJob());
  await kit.advance(6_001);

  expect(await outcome).toMatchObject({ outcome: 'release', spend: true, reason: 'TIMEOUT: ran longer than 5000 ms' });
});

test('of a lost job there is nothing to settle', async () => {
  const { performer } = setup(untilAborted);

  const performing = performer.perform(aJob());
  performing.lost();

  expect(await performing.outcome).toBeUndefined();
});

test('a drain hands back unspent what does not end, within the grace', async () => {
  const { kit, performer } = setup(forEver);

  const { outcome } = performer.perform(aJob());
  performer.drain();
  await kit.advance(1_001);

  expect(await outcome).toMatchObject({ outcome: 'release', spend: false });
});

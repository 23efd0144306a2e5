import { type Log, silentLog } from '@tiercel/actors';
import { createTestKit } from '@tiercel/actors/testing';
import { TiercelError } from '@tiercel/protocol';
import { describe, expect, test } from 'vitest';
import { Membership } from './membership.js';
import { aJob, LONG, setup } from './setup.test.kit.js';

const DOWN = new TiercelError('STORAGE_UNAVAILABLE');

describe('a broker whose storage is down', () => {
  const two = () => setup({ brokers: ['broker-1'], bounds: { storeDownMs: 3_000, pollMs: 1_000 } });

  test('answers what went wrong at first, then leaves the group, and comes back when it answers again', async () => {
    const scene = await two();
    await scene.kit.advance(2_000);
    scene.tap.down = true;
    const ask = () => scene.after(20, scene.of('acme').ask('enqueue', { jobs: [aJob('acme')] }, LONG));
    await expect(ask()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    await scene.kit.advance(10_000);
    await expect(ask()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    scene.tap.down = false;
    await scene.kit.advance(6_100);
    expect(await ask()).toMatchObject({ verdicts: [{ code: 'OK' }] });
  });

  test('stays for a fault that passes', async () => {
    const scene = await two();
    for (let fault = 0; fault < 10; fault++) {
      scene.tap.down = true;
      await scene.kit.advance(1_000);
      scene.tap.down = false;
      await scene.kit.advance(2_000);
    }
    expect(await scene.after(20, scene.of('acme').ask('queues', {}, LONG))).toEqual({ queues: [] });
  });

  test('stays for refusals that are not its storage’s', async () => {
    const scene = await two();
    for (let turn = 0; turn < 50; turn++) {
      await expect(scene.after(200, scene.pool.ask('queues', {}, LONG))).rejects.toMatchObject({ code: 'FOREIGN_TENANT' });
    }
  });
});

describe('membership', () => {
  const build = (serve: () => Promise<() => Promise<void>>, log: Log = silentLog) => {
    const kit = createTestKit();
    return { kit, membership: new Membership({ clock: kit.clock, log, storeDownMs: 3_000, serve }) };
  };

  test('never serves twice, however the storage changes its mind', async () => {
    let serving = 0;
    let most = 0;
    const { kit, membership } = build(async () => {
      most = Math.max(most, ++serving);
      return async () => {
        serving--;
      };
    });
    await membership.join();
    for (let turn = 0; turn < 20; turn++) {
      membership.storeAnswered(DOWN);
      await kit.advance(turn % 2 === 0 ? 4_000 : 10);
      membership.storeAnswered(DOWN);
      membership.storeAnswered();
      membership.storeAnswered();
    }
    await kit.advance(10);
    expect([serving, most]).toEqual([1, 1]);
    await membership.leave();
    expect(serving).toBe(0);
  });

  const failing = async (error: Error) => {
    const { kit, membership } = build(async () => async () => {});
    await membership.join();
    membership.storeAnswered(error);
    await kit.advance(4_000);
    membership.storeAnswered(error);
    await kit.advance(0);
    return membership;
  };

  test.each(['STORAGE_UNAVAILABLE', 'STORAGE_DENIED', 'STORAGE_UNFIT', 'INTERNAL'] as const)(
    'ends after a while of %s',
    async (code) => {
      expect((await failing(new TiercelError(code))).joined).toBe(false);
    },
  );

  test('ends after a while of faults that nobody foresaw', async () => {
    expect((await failing(new TypeError('x is not a function'))).joined).toBe(false);
  });

  test.each(['STORAGE_FULL', 'NOT_SUPPORTED', 'BAD_OPTION', 'CORRUPT'] as const)('does not end by %s', async (code) => {
    expect((await failing(new TiercelError(code))).joined).toBe(true);
  });

  test('that could not come back tries again until it does', async () => {
    let attempts = 0;
    let serving = false;
    const { kit, membership } = build(async () => {
      attempts++;
      if (attempts > 1 && attempts < 4) throw new Error('wire down');
      serving = true;
      return async () => {
        serving = false;
      };
    });
    await membership.join();
    expect(membership.joined).toBe(true);
    membership.storeAnswered(DOWN);
    await kit.advance(4_000);
    membership.storeAnswered(DOWN);
    await kit.advance(0);
    expect([serving, membership.joined]).toEqual([false, false]);
    membership.storeAnswered();
    await kit.advance(10_000);
    expect([serving, membership.joined, attempts]).toEqual([true, true, 4]);
  });

  test('that was left does not come back by itself', async () => {
    let serving = 0;
    const { kit, membership } = build(async () => {
      serving++;
      return async () => {
        serving--;
      };
    });
    await membership.join();
    await membership.leave();
    membership.storeAnswered(DOWN);
    await kit.advance(4_000);
    membership.storeAnswered();
    await kit.advance(10_000);
    expect(serving).toBe(0);
  });

  test('that cannot join says so to whoever starts the broker', async () => {
    const { membership } = build(() => Promise.reject(new TiercelError('ACCESS_DENIED')));
    await expect(membership.join()).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await membership.leave();
  });
});

import { realClock, realRandom, silentLog } from '@tiercel/actors';
import { TiercelError } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { Cluster } from './cluster.js';
import type { Verb } from './library.js';
import { refusal } from './redis.test.kit.js';
import type { Server } from './server.js';

const BASE = 'tiercel:{test:0}';

/** A cluster whose only server sends the first call away, and may have forgotten tokens by the second. */
async function setup() {
  const called: Verb[] = [];
  const status = { current: { epoch: 1 }, is() {} };
  const server = {
    address: 'here:1',
    isUp: true,
    close: async () => {},
    async call(verb: Verb) {
      called.push(verb);
      if (called.length > 1) return 'done';
      status.current = { epoch: 2 };
      throw new TiercelError('STORAGE_UNAVAILABLE', { reason: 'TRYAGAIN the slot moves' });
    },
  } as unknown as Server;
  const cluster = new Cluster({
    ...{ log: silentLog, random: realRandom, timers: realClock, slots: new Map([[BASE, 0]]), seeds: [] },
    connect: async () => server,
    ask: async () => undefined,
    status: status as never,
  });
  await cluster.open({ primaries: ['here:1'], replicas: [], ownerOf: () => 'here:1' });
  return { cluster, called };
}

test.each(['reserve', 'enqueueReserve'] as const)(
  '%s is not repeated with a nonce that may have been used for the same tokens',
  async (verb) => {
    const { cluster, called } = await setup();

    expect((await refusal(cluster.call(verb, BASE, []))).code).toBe('STORAGE_UNAVAILABLE');
    expect(called).toEqual([verb]);
  },
);

test('what gives no tokens is repeated', async () => {
  const { cluster, called } = await setup();

  expect(await cluster.call('enqueue', BASE, [])).toBe('done');
  expect(called).toEqual(['enqueue', 'enqueue']);
});

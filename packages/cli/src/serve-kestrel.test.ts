import { realClock, realRandom, silentLog } from '@tiercel/actors';
import { expect, test } from 'vitest';
import { type ServeKestrelOptions, serveKestrel } from './serve-kestrel.js';

const nobody = {
  broker: () => {
    throw new Error('nobody asks');
  },
  instance: 'here',
  end: () => {},
  clock: realClock,
  random: realRandom,
  log: silentLog,
};

const config = (told: Partial<ServeKestrelOptions['config']>): ServeKestrelOptions['config'] => ({
  kestrel: undefined,
  kestrelTenant: undefined,
  kestrelText: undefined,
  kestrelAdmin: undefined,
  kestrelShutdown: false,
  namespace: 'tiercel',
  ...told,
});

test('a door has the ports that are asked for', async () => {
  expect(await serveKestrel({ ...nobody, config: config({}) })).toBeUndefined();

  const all = await serveKestrel({ ...nobody, config: config({ kestrel: '0', kestrelText: 'localhost:0', kestrelAdmin: '0' }) });
  expect([all?.port, all?.textPort, all?.adminPort].every((port) => port !== undefined && port > 0)).toBe(true);
  await all?.close();

  const alone = await serveKestrel({ ...nobody, config: config({ kestrel: '0' }) });
  expect([alone?.textPort, alone?.adminPort]).toEqual([undefined, undefined]);
  await alone?.close();
});

test.each([
  ['--kestrel-text', { kestrelText: 'true' }],
  ['--kestrel-admin', { kestrelAdmin: '2223' }],
])('%s without a door is a fault', async (flag, told) => {
  await expect(serveKestrel({ ...nobody, config: config(told) })).rejects.toMatchObject({
    code: 'BAD_CONFIG',
    facts: { [flag]: expect.stringContaining('--kestrel beside it') },
  });
});

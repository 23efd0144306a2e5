import { realClock, realRandom, silentLog } from '@tiercel/actors';
import type { KestrelDoor } from '@tiercel/doors';
import { expect, onTestFinished, test } from 'vitest';
import { requireKestrel, type ServeKestrelOptions, serveKestrel } from './serve-kestrel.js';

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

const door = async () => {
  const served = (await serveKestrel({ ...nobody, config: config({ kestrel: '0' }) })) as KestrelDoor;
  onTestFinished(() => served.close());
  return `127.0.0.1:${served.port}`;
};

test('an address that is taken is told with what mends it, by the door and before it alike', async () => {
  const kestrel = await door();
  const refused = {
    code: 'BAD_CONFIG',
    facts: { '--kestrel': expect.stringMatching(/\(EADDRINUSE\); something listens there already/) },
  };

  await expect(serveKestrel({ ...nobody, config: config({ kestrel }) })).rejects.toMatchObject(refused);
  await expect(requireKestrel(config({ kestrel }))).rejects.toMatchObject(refused);
});

test.each([
  ['--kestrel', { kestrel: '0.0.0.0' }],
  ['--kestrel-text', { kestrel: '0', kestrelText: '0.0.0.0:0' }],
  ['--kestrel-admin', { kestrel: '0', kestrelTenant: 'acme', kestrelAdmin: '0.0.0.0:0' }],
])('%s that is open to everybody is refused before anything is opened', async (flag, told) => {
  const refused = { code: 'BAD_CONFIG', facts: { [flag]: expect.stringContaining('this machine alone') } };

  await expect(requireKestrel(config(told))).rejects.toMatchObject(refused);
  await expect(serveKestrel({ ...nobody, config: config(told) })).rejects.toMatchObject(refused);
});

test('an address that was looked at is free again', async () => {
  const kestrel = await door();
  const port = Number(kestrel.split(':')[1]);
  const free = { kestrel: `127.0.0.2:${port}`, kestrelTenant: 'acme' };

  await requireKestrel(config(free));
  const opened = await serveKestrel({ ...nobody, config: config(free) });
  expect(opened?.port).toBe(port);
  await opened?.close();
});

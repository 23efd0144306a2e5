import { type Config, readConfig, SETTINGS, type SettingName } from '@tiercel/host';
import { expect, test } from 'vitest';
import { services } from './services.js';

/** What the services are started with when the supervisor itself has `env`. */
function setup(env: Record<string, string>) {
  const config = readConfig(Object.keys(SETTINGS) as SettingName[], { env, flags: {} }) as Config;
  return new Map(services(config, env).map((program) => [program.name, program.env]));
}

test('only a broker-adapter has the URL of the storage, with its credentials', () => {
  const started = setup({ TIERCEL_STORE: 'redis://user:hunter2@host', HOME: '/home' });

  expect(started.get('broker-adapter')).toMatchObject({ TIERCEL_STORE: 'redis://user:hunter2@host', HOME: '/home' });
  for (const name of ['consumer', 'producer']) expect(JSON.stringify(started.get(name))).not.toContain('hunter2');
});

test('nor has any other the file with it', () => {
  const started = setup({ TIERCEL_STORE: 'redis://host', TIERCEL_STORE_FILE: '/run/secrets/store' });

  for (const env of started.values()) expect(env).not.toHaveProperty('TIERCEL_STORE_FILE');
});

test('what is required of the storage is handed on; the name and the health port are the supervisor’s own', () => {
  const own = { TIERCEL_INSTANCE: 'one', TIERCEL_HEALTH_PORT: '8080' };
  const started = setup({ ...own, TIERCEL_REQUIRE_DURABILITY: 'power-loss' });

  expect(started.get('broker-adapter')).toHaveProperty('TIERCEL_REQUIRE_DURABILITY', 'power-loss');
  for (const env of started.values()) expect(env).not.toHaveProperty('TIERCEL_HEALTH_PORT');
});

test('one producer serves the HTTP door', () => {
  const http = { TIERCEL_HTTP: '8080' };

  expect(setup(http).get('producer')).toHaveProperty('TIERCEL_HTTP', '8080');
  expect(() => setup({ ...http, TIERCEL_PRODUCERS: '2' })).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
});

test('a socket and a folder have one owner, so more brokers are refused', () => {
  const two = { TIERCEL_BROKERS: '2' };

  for (const env of [{ TIERCEL_SOCKET: '/x/socket' }, { TIERCEL_STORE: 'lmdb:.tiercel' }])
    expect(() => setup({ ...two, ...env })).toThrow(/^BAD_CONFIG.*--brokers=expected at most 1/);
  expect(setup(two).size).toBe(3);
});

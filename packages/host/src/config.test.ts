import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, type TiercelError } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { readConfig, SETTINGS, settingsTable, unknownVariables, variablesOf } from './index.js';

const NAMES = ['nats', 'namespace', 'tenant', 'concurrency', 'queues', 'drainMs', 'demo'] as const;
const read = (env: Record<string, string>, flags: Record<string, string> = {}) => readConfig(NAMES, { env, flags });

function faultsOf(act: () => unknown): Readonly<Record<string, unknown>> {
  try {
    act();
  } catch (error) {
    expect(codeOf(error)).toBe('BAD_CONFIG');
    return (error as TiercelError).facts;
  }
  throw new Error('no fault was found');
}

test('a flag goes before the environment, and that before the default', () => {
  const config = read({ TIERCEL_NAMESPACE: 'env', TIERCEL_TENANT: 'env' }, { namespace: 'flag' });

  expect(config).toEqual({
    nats: 'nats://127.0.0.1:4222',
    namespace: 'flag',
    tenant: 'env',
    concurrency: 10,
    queues: undefined,
    drainMs: 20_000,
    demo: false,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test('all faults are reported together, each saying what was expected and what came', () => {
  const faults = faultsOf(() =>
    read({ TIERCEL_NATS_URL: 'http://x', TIERCEL_CONCURRENCY: '0', TIERCEL_DRAIN: 'soon' }, { tenant: 'a b', queue: 'ok,not ok' }),
  );

  expect(Object.keys(faults).sort()).toEqual(['--queue', '--tenant', 'TIERCEL_CONCURRENCY', 'TIERCEL_DRAIN', 'TIERCEL_NATS_URL']);
  expect(faults.TIERCEL_CONCURRENCY).toBe('expected a whole number from 1 to 500, got "0"');
  expect(faults['--tenant']).toContain('got "a b"');
});

test('an unknown flag is a fault that names the one that was meant', () => {
  const faults = faultsOf(() => read({}, { quee: 'a' }));

  expect(faults['--quee']).toContain('did you mean --queue?');
});

test('a secret may be in a file that the environment names; the variable itself goes before it', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tiercel-secret-')), 'nats-url');
  writeFileSync(file, 'nats://user:hunter2@host:1\n', { mode: 0o600 });

  expect(read({ TIERCEL_NATS_URL_FILE: file }).nats).toBe('nats://user:hunter2@host:1');
  expect(read({ TIERCEL_NATS_URL_FILE: file, TIERCEL_NATS_URL: 'nats://other' }).nats).toBe('nats://other');
  writeFileSync(file, 'hunter2');
  expect(faultsOf(() => read({ TIERCEL_NATS_URL_FILE: file }))).toEqual({
    TIERCEL_NATS_URL_FILE: 'expected a file with nats://host:port or tls://host:port, got another text',
  });
  chmodSync(file, 0o604);
  expect(faultsOf(() => read({ TIERCEL_NATS_URL_FILE: file })).TIERCEL_NATS_URL_FILE).toMatch(
    /, which is open to all; chmod 600 it$/,
  );
  rmSync(dirname(file), { recursive: true });
  expect(faultsOf(() => read({ TIERCEL_NATS_URL_FILE: file })).TIERCEL_NATS_URL_FILE).toMatch(/got ".*nats-url" \(ENOENT\)$/);
  expect(unknownVariables({ TIERCEL_NATS_URL_FILE: file, TIERCEL_QUEUES_FILE: file })).toHaveLength(1);
});

test('a password in a faulty URL is not repeated', () => {
  const faults = faultsOf(() => read({ TIERCEL_NATS_URL: 'ftp://user:hunter2@host' }));

  expect(JSON.stringify(faults)).not.toContain('hunter2');
});

test.each(['redis://a:1', 'redis://:pass@a:1,b:2,[::1]:3/0', 'rediss://user:pass@a,b', 'lmdb:some/where', 'memory:'])(
  '%j names a storage',
  (store) => {
    expect(readConfig(['store'], { env: { TIERCEL_STORE: store }, flags: {} }).store).toBe(store);
  },
);

test.each(['redis://', 'redis://a:1,', 'redis://a:99999', 'redis://a:1,b:99999', 'http://a:1', 'lmdb:', 'sync:'])(
  '%j names none',
  (store) => {
    expect(() => readConfig(['store'], { env: { TIERCEL_STORE: store }, flags: {} })).toThrow('TIERCEL_STORE');
  },
);

test('an empty variable counts as absent', () => {
  expect(read({ TIERCEL_TENANT: '', TIERCEL_NAMESPACE: '' })).toMatchObject({ tenant: undefined, namespace: 'tiercel' });
});

test('a variable that nothing reads is named, with the one that was meant', () => {
  expect(unknownVariables({ TIERCEL_NATS_URI: 'x', TIERCEL_PARENT: '1', HOME: '/' })).toEqual([
    'nothing reads TIERCEL_NATS_URI; did you mean TIERCEL_NATS_URL?',
  ]);
});

test('every default is legal, and no two settings share a flag or a variable', () => {
  const all = Object.values(SETTINGS);

  for (const { fallback, reader } of all) if (fallback !== undefined) expect(reader.read(fallback)).toBeDefined();
  expect(new Set(all.map(({ flag }) => flag)).size).toBe(all.length);
  expect(new Set(all.map(({ variable }) => variable)).size).toBe(all.length);
  expect(settingsTable().split('\n')).toHaveLength(all.length + 2);
});

test('what is required and missing is a fault like any other', () => {
  const faults = faultsOf(() => readConfig(['handlers', 'nats'], { env: { TIERCEL_NATS_URL: 'x' }, flags: {} }, ['handlers']));

  expect(Object.keys(faults).sort()).toEqual(['--handlers', 'TIERCEL_NATS_URL']);
  expect(faults['--handlers']).toContain('got nothing');
});

test('a configuration written as variables reads back the same', () => {
  const config = read({ TIERCEL_TENANT: 'acme', TIERCEL_DRAIN: '1.5s', TIERCEL_DEMO: 'true', TIERCEL_QUEUES: 'a,b' });

  expect(read(variablesOf(config))).toEqual(config);
});

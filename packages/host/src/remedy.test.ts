import { TiercelError } from '@tiercel/protocol';
import { expect, test } from 'vitest';
import { exitCodeOf, explain } from './index.js';

const unloaded = (faults: string) => new TiercelError('HANDLERS_NOT_LOADED', { faults });

test.each([
  ['/x/a.mjs: ENOENT: no such file or directory', 'check the path'],
  ['/x/a.mjs: exports no job; make one with defineJob', 'exports what defineJob returns'],
  ['/x/a.ts: ERR_UNKNOWN_FILE_EXTENSION: Unknown file extension ".ts" for /x/a.ts', 'compile TypeScript'],
  ['/x/a.mjs: RangeError: no such luck', 'run the file with node'],
])('handlers that do not load are wrong usage, told with the fault and its own remedy: %s', (fault, remedy) => {
  const said = explain(unloaded(fault));

  expect(said).toMatch(/^HANDLERS_NOT_LOADED: \/x\/a/);
  expect(said).toContain(fault);
  expect(said).toContain(remedy);
  expect(exitCodeOf(unloaded(fault))).toBe(2);
});

test('no server and nobody behind the server are told apart', () => {
  const url = 'nats://127.0.0.1:4222';

  expect(explain(new TiercelError('UNREACHABLE', { url }))).toMatch(/^UNREACHABLE: no NATS server answers at nats:\/\/127/);
  expect(explain(new TiercelError('UNREACHABLE', { url, tenant: 'acme', namespace: 'shop' }))).toMatch(
    /^UNREACHABLE: a NATS server answers .* no broker-adapter serves tenant acme of namespace shop/,
  );
});

test('of a Kestrel server that is away nobody is told to start a broker', () => {
  const remedy = 'no Kestrel server answers at box:22133: check that it runs';

  expect(explain(new TiercelError('UNREACHABLE', { server: 'box:22133', reason: 'ECONNREFUSED', remedy }))).toBe(
    `UNREACHABLE: ${remedy} (ECONNREFUSED)`,
  );
});

test('what the storage cannot do is told with where it stands what it can', () => {
  expect(explain(new TiercelError('NOT_SUPPORTED', { driver: 'kestrel', capability: 'lists' }))).toMatch(
    /^NOT_SUPPORTED: the storage \(kestrel\) cannot do this \(lists\); "What drivers can do" in the README of @tiercel\/store/,
  );
});

test('a queue under its Kestrel name is told under ours', () => {
  expect(explain(new TiercelError('BAD_NAME', { kind: 'queue', got: 'mail:out' }))).toMatch(
    /^BAD_NAME: queue: expected letters.*got "mail:out"; what a Kestrel client calls mail:out is the queue x--mail_3aout here$/,
  );
  expect(explain(new TiercelError('BAD_NAME', { kind: 'queue', got: ':'.repeat(70) }))).not.toContain('x--');
  expect(explain(new TiercelError('BAD_NAME', { kind: 'queue', got: 'mail?' }))).not.toContain('x--');
});

test('a storage that keeps less than is required is told with what it keeps and what mends it', () => {
  const remedy = 'CONFIG SET appendfsync always';
  const unfit = new TiercelError('STORAGE_UNFIT', { durability: 'process-crash', expected: 'power-loss', remedy });

  expect(explain(unfit)).toBe(
    'STORAGE_UNFIT: jobs here would survive a crash of the storage (process-crash), and power-loss is required; CONFIG SET appendfsync always, or ask for less with --require-durability',
  );
  expect(explain(new TiercelError('STORAGE_UNFIT', { 'maxmemory-policy': 'allkeys-lru' }))).toContain('allkeys-lru');
});

test('a storage that is otherwise than configured is told in one line', () => {
  const said = (facts: TiercelError['facts']) => explain(new TiercelError('BAD_CONFIG', facts));

  expect(said({ address: 'cache:6379', reason: 'ERR DB index is out of range' })).toBe(
    'BAD_CONFIG: storage at cache:6379: ERR DB index is out of range; check --store or TIERCEL_STORE',
  );
  expect(said({ option: 'shards', expected: 4, got: 8 })).toBe('BAD_CONFIG: shards: expected 4, got 8');
});

test('a socket is told as what it is', () => {
  const socket = '.tiercel/tiercel/socket';

  expect(explain(new TiercelError('UNREACHABLE', { socket, reason: 'ECONNREFUSED' }))).toMatch(
    /^UNREACHABLE: nobody answers at the socket \.tiercel.*\(ECONNREFUSED\); start `tiercel dev`/,
  );
  expect(explain(new TiercelError('UNREACHABLE', { socket, tenant: 'acme', namespace: 'shop' }))).toMatch(
    /^UNREACHABLE: somebody answers at/,
  );
  expect(explain(new TiercelError('ACCESS_DENIED', { socket, reason: 'it belongs to user 7' }))).toMatch(
    /belongs to user 7.*run as/,
  );
  expect(explain(new TiercelError('STORAGE_OWNED', { socket, reason: 'another process listens there' }))).toMatch(
    /listens there.*stop it/,
  );
});

import { expect, test } from 'vitest';
import { type ConsumeFlags, readConsume } from './consume-options.js';

const NEEDED: ConsumeFlags = { env: 'dev', server: '10.0.0.5:22134', queue: 'mail', exec: ['./bin/ecli.php'] };
const read = (flags: ConsumeFlags = {}, env = {}) => readConsume({ ...NEEDED, ...flags }, env);
const handlersOnly = { ...NEEDED, exec: undefined } as unknown as ConsumeFlags;

test('what is needed is enough', () => {
  expect(read()).toEqual({
    environment: 'dev',
    server: { host: '10.0.0.5', port: 22134 },
    queue: 'mail',
    maxJobs: 0,
    debug: false,
    handlers: [],
    command: ['./bin/ecli.php'],
    allowance: {},
    argv: [],
  });
});

test('a server without a port has that of Kestrel, and a namespace goes before the queue', () => {
  expect(read({ server: 'queue.example.org', namespace: 'enterprise' })).toMatchObject({
    server: { host: 'queue.example.org', port: 22_133 },
    queue: 'enterprise_mail',
  });
});

test('handlers are named by a flag, or by the environment where there is no command', () => {
  const env = { TIERCEL_HANDLERS: 'a.mjs, b' };

  expect(readConsume(handlersOnly, env)).toMatchObject({ handlers: ['a.mjs', 'b'], command: [] });
  expect(read({}, env)).toMatchObject({ handlers: [], command: ['./bin/ecli.php'] });
});

test('what a job is allowed is in milliseconds', () => {
  expect(read({ attempts: '3', backoff: '2s', backoffMax: '1m', timeout: '1h' }).allowance).toEqual({
    attempts: 3,
    backoffMs: 2_000,
    backoffMaxMs: 60_000,
    timeoutMs: 3_600_000,
  });
});

test('flags of every service are handed on', () => {
  expect(read({ drain: '5s', logFormat: 'json', childEnv: ['A', 'B'] }).argv).toEqual([
    '--drain=5s',
    '--log-format=json',
    '--child-env=A,B',
  ]);
});

test.each([
  ['nothing at all', {}, '-e ENV, -s HOST:PORT, -q QUEUE'],
  ['no queue', { env: 'dev', server: 'a:1' }, '-q QUEUE'],
  ['neither handlers nor a command', { ...NEEDED, exec: [] }, '--handlers'],
  ['both', { ...NEEDED, handlers: ['a.mjs'] }, '--handlers'],
  ['a server that is none', { ...NEEDED, server: 'a:b' }, '-s'],
  ['a number that is none', { ...NEEDED, maxJobs: 'many' }, '-m'],
  ['a duration that is none', { ...NEEDED, backoff: 'soon' }, '--backoff'],
])('%s is refused', (_what, flags: ConsumeFlags, option) => {
  expect(() => readConsume(flags, {})).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', facts: expect.objectContaining({ option }) }),
  );
});

test.each(['a b', 'a/b', 'a.b', 'x'.repeat(250)])(
  'a queue that is called %j, or that has no room for those beside it, is refused',
  (queue) => {
    expect(() => read({ queue })).toThrow(expect.objectContaining({ code: 'BAD_NAME' }));
  },
);

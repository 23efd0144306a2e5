import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPLIES, RequestParser } from '@tiercel/kestrel';
import { expect, onTestFinished, test } from 'vitest';

const TIERCEL = fileURLToPath(new URL('../bin/tiercel.js', import.meta.url));
/** Nobody listens on port 1. */
const NOWHERE = 'nats://user:hunter2@127.0.0.1:1';

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, TIERCEL_NATS_URL: NOWHERE };
  return new Promise((resolve) => {
    execFile(process.execPath, [TIERCEL, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

test('--help succeeds, of the command and of a service', async () => {
  const [all, consumer] = await Promise.all([run('--help'), run('start', 'consumer', '--help')]);

  expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('enqueue') });
  expect(consumer).toMatchObject({ code: 0, stdout: expect.stringContaining('--handlers') });
}, 20_000);

test('the version is that of the package, and the help of start and enqueue tells services and defaults', async () => {
  const [version, start, enqueue] = await Promise.all([run('--version'), run('start', '--help'), run('enqueue', '--help')]);

  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(start).toMatchObject({ code: 0, stdout: expect.stringMatching(/producer, broker-adapter, consumer,\s+supervisor/) });
  expect(enqueue.stdout).toMatch(/--timeout <duration> .*15m/);
}, 20_000);

test.each([
  ['what was refused', ['queue', 'ls', '--json'], 'UNREACHABLE', 5],
  ['wrong usage', ['queue', 'ls', '--json', '--quee'], 'BAD_OPTION', 2],
])(
  'with --json %s is JSON on stderr',
  async (_what, args, errorCode, exitCode) => {
    const { code, stderr, stdout } = await run(...args);

    expect(JSON.parse(stderr)).toEqual({
      error: { code: errorCode, message: expect.not.stringContaining(errorCode), facts: expect.any(Object) },
    });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  },
  20_000,
);

test.each([
  ['a missing argument', ['enqueue', 'hello_world'], 'missing required argument'],
  ['an unknown option', ['queue', 'ls', '--jsno'], 'unknown option'],
  ['an unknown command', ['enqeue'], '(Did you mean enqueue?)'],
  ['an unknown command that asks for help', ['help', 'quee'], '(Did you mean queue?)'],
  ['an unknown subcommand', ['queue', 'sats'], '(Did you mean stats?)'],
  ['a subcommand that is missing', ['queue'], 'purge'],
  ['a setting that is none', ['queue', 'set', 'mail', 'attemps=3'], 'settings: expected NAME=VALUE'],
  ['a queue and all of them', ['queue', 'pause', 'mail', '--all'], 'queue: expected the name of a queue, or --all'],
  ['no queue and not all', ['queue', 'resume'], 'queue: expected the name of a queue, or --all'],
  ['ids and all of them', ['dead', 'revive', 'a', '--all'], 'ids: expected'],
  ['a state that is none', ['job', 'ls', '--state', 'lost'], '--state: expected one of ready'],
  ['a number that is none', ['dead', 'ls', '--limit', '0'], '--limit: expected a whole number from 1 to 10000'],
  ['a shell nobody knows', ['completion', 'tcsh'], 'shell: expected bash, zsh, fish'],
  ['a time that is none', ['enqueue', 'q', 'N', '--at', 'tomorrow'], '--at: expected a time such as'],
  ['data that is no JSON', ['enqueue', 'q', 'N', '{"foo"'], 'BAD_OPTION: '],
  ['a faulty flag', ['queue', 'ls', '--tenant', 'a b'], '--tenant: expected'],
  ['an unknown flag of a service', ['start', 'consumer', '--quee', 'a'], 'did you mean --queue?'],
  ['a missing flag of a service', ['start', 'consumer'], '--handlers: expected'],
  ['an unknown service', ['start', 'consmer'], 'service: expected producer, broker-adapter, consumer, supervisor'],
])(
  '%s is wrong usage and ends with 2',
  async (_what, args, said) => {
    const { code, stderr } = await run(...args);

    expect(stderr).toContain(said);
    expect(stderr).not.toContain('    at ');
    expect(code).toBe(2);
  },
  20_000,
);

test.each([
  ['what is missing', ['consume', '-e', 'dev'], '-s HOST:PORT, -q QUEUE: expected a value'],
  ['an unknown option', ['consume', '--quee'], "unknown option '--quee'"],
  [
    'a command that is none',
    ['consume', '-e', 'dev', '-s', '127.0.0.1', '-q', 'q', '--exec', './nonesuch'],
    '--exec: expected a program',
  ],
  ['handlers that do not load', ['consume', '-e', 'dev', '-s', '127.0.0.1', '-q', 'q', '--handlers', '/nowhere'], '/nowhere'],
  [
    'a flag of every service',
    ['consume', '-e', 'dev', '-s', '127.0.0.1', '-q', 'q', '--exec', 'true', '--drain', 'x'],
    '--drain: expected',
  ],
])(
  'the consumer of the article is told of %s and ends with 1',
  async (_what, args, said) => {
    const { code, stderr, stdout } = await run(...args);

    expect(stderr).toContain(said);
    expect(stderr).not.toContain('    at ');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  },
  20_000,
);

test('no server at the URL is one line with its code, without the password, and ends with 5', async () => {
  const { code, stderr, stdout } = await run('enqueue', 'q', 'N');

  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^UNREACHABLE: /);
  expect(stderr).not.toContain('hunter2');
  expect(stdout).toBe('');
  expect(code).toBe(5);
}, 20_000);

test.each(['2030-01-31', '2030-01-31T08:00', '2030-01-31T08:00:00.5Z', '2030-01-31T08:00:00+01:00'])(
  '--at %s is a time',
  async (time) => {
    expect(await run('enqueue', 'q', 'N', '--at', time)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^UNREACHABLE: /),
    });
  },
  20_000,
);

test('a handler module that does not load is one line with its code', async () => {
  const { code, stderr } = await run('start', 'consumer', '--handlers', '/nowhere/handlers.mjs');

  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^HANDLERS_NOT_LOADED: .*\/nowhere\/handlers\.mjs.*check the path/);
  expect(code).toBe(2);
}, 20_000);

test('every fault of a configuration is told at once', async () => {
  const { code, stderr } = await run('queue', 'ls', '--tenant', 'a b', '--namespace', 'c.d', '--nats', 'http://x');

  expect(code).toBe(2);
  for (const flag of ['--tenant', '--namespace', '--nats']) expect(stderr).toContain(`  ${flag}: expected`);
}, 20_000);

test('help tells of a subcommand, alone it is the same as --help', async () => {
  const [purge, asked, alone, help] = await Promise.all([
    run('help', 'queue', 'purge'),
    run('queue', 'purge', '--help'),
    run(),
    run('--help'),
  ]);

  expect(purge).toEqual(asked);
  expect(purge).toMatchObject({ code: 0, stdout: expect.stringContaining('tiercel queue purge mail') });
  expect(alone).toEqual(help);
}, 20_000);

test('the help loads neither NATS nor a logger', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const spy = `export async function resolve(name, context, next) { const found = await next(name, context); console.error('LOADED ' + found.url); return found; }`;
  writeFileSync(
    join(folder, 'spy.mjs'),
    `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(spy))});`,
  );

  const args = ['--import', join(folder, 'spy.mjs'), TIERCEL, 'queue', '--help'];
  const { stderr } = await new Promise<{ stderr: string }>((resolve) =>
    execFile(process.execPath, args, { env: { PATH: process.env.PATH } }, (_error, _stdout, said) => resolve({ stderr: said })),
  );

  expect(stderr).toMatch(/LOADED .*commander/);
  expect(stderr).not.toMatch(/LOADED .*(\/nats\/|\/pino\/|client|supervisor)/);
}, 20_000);

/** Runs with nobody who reads its stdout. */
async function unread(...args: string[]): Promise<{ code: unknown; stderr: string }> {
  const child = spawn(process.execPath, [TIERCEL, ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

test.each(['--help', 'consume --help', 'start --help', 'start producer --help', 'dev --help', 'completion bash'])(
  'a reader of `%s` that has seen enough is no fault',
  async (words) => {
    expect(await unread(...words.split(' '))).toEqual({ code: 0, stderr: '' });
  },
  20_000,
);

test('a consumer whose words nobody reads any more ends in order', async () => {
  const door = await serve();

  const { code, stderr } = await unread('consume', '-e', 'dev', '-s', `127.0.0.1:${door}`, '-q', 'q', '-d', '--exec', 'true');

  expect(stderr).not.toContain('"level":"error"');
  expect(stderr).toContain('service stopped');
  expect(code).toBe(0);
}, 20_000);

test('a complaint that nobody reads is none', async () => {
  const child = spawn(process.execPath, [TIERCEL, 'queue', 'ls', '--nonesuch'], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.destroy();

  expect(await once(child, 'close')).toEqual([2, null]);
}, 20_000);

test.each([
  ['0.0.0.0', '--kestrel: expected an address of this machine alone'],
  ['taken', '(EADDRINUSE); something listens there already'],
])(
  'dev whose Kestrel door cannot be opened says so in one line before it starts anything: %s',
  async (address, said) => {
    const kestrel = address === 'taken' ? `127.0.0.1:${await serve()}` : address;

    const { code, stderr, stdout } = await run('dev', '--single', '--store', 'memory:', '--kestrel', kestrel);

    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^BAD_CONFIG: /);
    expect(stderr).toContain(said);
    expect(stdout).not.toContain('service started');
    expect(code).toBe(2);
  },
  20_000,
);

/** A server of Kestrel's protocol in which nothing is. */
async function serve(): Promise<number> {
  const server = createServer((socket) => {
    const parser = new RequestParser({});
    socket.on('error', () => {});
    socket.on('data', (chunk) => parser.push(chunk).forEach(() => void socket.write(REPLIES.END)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('what cannot be asked is a finding of the doctor, with its remedy', async () => {
  const [told, asJson] = await Promise.all([run('doctor'), run('doctor', '--json')]);

  expect(told).toMatchObject({
    code: 5,
    stderr: '',
    stdout: expect.stringMatching(/^fail +wire +UNREACHABLE: no NATS .*; start one/),
  });
  expect(told.stdout).not.toContain('hunter2');
  expect(JSON.parse(asJson.stdout)).toMatchObject({ ok: false, findings: [{ check: 'wire', level: 'fail' }] });
}, 20_000);

test.each([
  [
    ['queue', ''],
    ['ls', 'pause', 'peek', 'purge', 'resume', 'set', 'stats'],
  ],
  [['queue', 'pu'], ['purge']],
  [['queue', 'purge', 'mail', '--st'], ['--state']],
  [['to'], ['token', 'top']],
])(
  'bash completes %j with %j',
  async (words, expected) => {
    const { stdout: script } = await run('completion', 'bash');
    const ask = `${script}\nCOMP_WORDS=(tiercel ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _tiercel; printf '%s\\n' "\${COMPREPLY[@]}"`;

    const completed = await new Promise<string>((resolve) => execFile('bash', ['-c', ask], (_error, stdout) => resolve(stdout)));

    expect(
      completed
        .split('\n')
        .filter((word) => /^(--st|\w)/.test(word))
        .sort(),
    ).toEqual(expected);
  },
  20_000,
);

test.each(['zsh', 'fish'])(
  'the completion of %s knows commands and flags',
  async (shell) => {
    const { code, stdout } = await run('completion', shell);

    expect(code).toBe(0);
    for (const word of ['enqueue', 'queue purge', 'quarantined', 'doctor']) expect(stdout).toContain(word);
  },
  20_000,
);

const ASKING = [
  'enqueue q N',
  'job show a',
  'job ls',
  'job wait a',
  'job retry a',
  'job cancel a',
  'dead ls',
  'dead revive a',
  'dead forget a',
  'dead flush',
  'queue ls',
  'queue stats',
  'queue peek q',
  'queue pause q',
  'queue resume q',
  'queue set q attempts=1',
  'queue purge q',
  'workers',
  'top',
];

test('every command that asks an installation says with --json as JSON that there is none', async () => {
  const ends = await Promise.all(ASKING.map(async (words) => ({ words, ...(await run(...words.split(' '), '--json')) })));

  for (const { words, code, stdout, stderr } of ends) {
    const { error } = JSON.parse(stderr) as { error: { code: string } };
    expect({ words, code, stdout, errorCode: error.code }).toEqual({ words, code: 5, stdout: '', errorCode: 'UNREACHABLE' });
  }
}, 120_000);

test.skipIf(!existsSync('/dev/full'))('output that finds no room is one line', async () => {
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const child = spawn(process.execPath, [TIERCEL, 'completion', 'bash'], { stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });

  const [code] = await once(child, 'close');

  expect([code, stderr]).toEqual([1, expect.stringMatching(/^[^\n]*ENOSPC[^\n]*\n$/)]);
});

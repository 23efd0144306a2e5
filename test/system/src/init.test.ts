import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Installation } from './installation.js';
import { run } from './run.js';
import { openScratch } from './scratch.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const COMMAND = `${ROOT}/packages/cli/bin/tiercel.js`;
/** Inside the repository, so that what Tiercel itself depends on is found above it and no registry is asked. */
const SCRATCH = `${ROOT}/test/system/.init`;
const PROJECT = `${SCRATCH}/my-jobs`;
const MINUTE = 60_000;

const tiercel = (...args: string[]) => run(process.execPath, [COMMAND, ...args]);
const npm = (...args: string[]) => run('npm', args, { cwd: PROJECT, timeoutMs: 2 * MINUTE });

/** Every package as it would be published. */
beforeAll(async () => {
  rmSync(SCRATCH, { recursive: true, force: true });
  mkdirSync(`${SCRATCH}/packed`, { recursive: true });
  const folders = readdirSync(`${ROOT}/packages`).map((name) => `./packages/${name}`);
  const { code, stderr } = await run('npm', ['pack', '--silent', '--pack-destination', `${SCRATCH}/packed`, ...folders], {
    cwd: ROOT,
  });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}, 2 * MINUTE);

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

test('a project that was made passes its test, hands a job in and performs it', { timeout: 5 * MINUTE }, async () => {
  const made = await tiercel('init', PROJECT, '--packages', `${SCRATCH}/packed`, '--json');
  expect(JSON.parse(made.stdout)).toMatchObject({
    folder: PROJECT,
    files: expect.arrayContaining(['package.json', 'src/hello.ts', 'compose.yaml']),
  });
  await unpack(JSON.parse(readFileSync(`${PROJECT}/package.json`, 'utf8')));

  const tested = await npm('test');
  expect(tested).toMatchObject({ code: 0, stdout: expect.stringMatching(/^# pass 1$/m) });
  const enqueued = await npm('run', 'enqueue', '--silent', '--', 'Ann');
  expect(enqueued).toMatchObject({ code: 0, stdout: expect.stringMatching(/^job \S+ is ready, durability power-loss$/m) });

  // what compose.yaml mounts and names
  const compose = readFileSync(`${PROJECT}/compose.yaml`, 'utf8');
  const mounted = [...compose.matchAll(/^\s+- \.\/(\S+):\/app\/handlers\/(\S+):ro$/gm)].map(([, from, to]) => [from, to]);
  expect(mounted).toEqual([
    ['dist', 'dist'],
    ['node_modules/zod', 'node_modules/zod'],
  ]);
  expect(compose).toContain('TIERCEL_HANDLERS: handlers/dist/hello.js');
  expect(readdirSync(`${PROJECT}/dist`)).toContain('hello.js');

  const scratch = await openScratch();
  const env = { ...scratch.env, TIERCEL_PRODUCERS: '0', TIERCEL_HANDLERS: `${PROJECT}/dist/hello.js` };
  const installation = new Installation(env);
  installation.start();
  await installation.up('consumer', 1);
  const far = await run('node', ['dist/enqueue.js', 'Ben'], { cwd: PROJECT, env: scratch.env });
  const [, id = ''] = /^job (\S+) is ready/.exec(far.stdout) ?? [];
  const waited = await run(process.execPath, ['node_modules/@tiercel/cli/bin/tiercel.js', 'job', 'wait', id], {
    cwd: PROJECT,
    env: scratch.env,
  });
  await installation.stop();
  await scratch.close();
  expect(waited).toMatchObject({ code: 0, stdout: '"Hello, Ben!"\n' });
});

test('nothing is overwritten, and nothing is written beside it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-init-'));
  mkdirSync(`${folder}/src`);
  writeFileSync(`${folder}/src/hello.ts`, 'mine');

  const { code, stderr } = await tiercel('init', folder);

  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/^BAD_OPTION: folder: expected .* with src\/hello\.ts"\n$/),
  });
  expect([readdirSync(folder), readFileSync(`${folder}/src/hello.ts`, 'utf8')]).toEqual([['src'], 'mine']);
  rmSync(folder, { recursive: true });
});

test('a folder without tarballs is told', async () => {
  const { code, stderr } = await tiercel('init', `${SCRATCH}/other`, '--packages', '/nowhere');

  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/^BAD_OPTION: --packages: expected .*\/nowhere without tiercel/),
  });
});

test('a project that a clone makes takes Tiercel from there, and the rest as Tiercel is tested with it', async () => {
  await tiercel('init', `${SCRATCH}/compared`);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${SCRATCH}/compared/package.json`, 'utf8'));
  const own = (path: string) => JSON.parse(readFileSync(`${ROOT}/${path}package.json`, 'utf8'));

  const { typescript, '@types/node': types } = own('').devDependencies;
  const { devDependencies: ofLibrary } = own('packages/tiercel/');
  const [cli, tiercelItself] = ['file:../../../../packages/cli', 'file:../../../../packages/tiercel'];
  expect(devDependencies).toEqual({ '@tiercel/cli': cli, typescript, '@types/node': types });
  expect(dependencies).toEqual({ tiercel: tiercelItself, zod: ofLibrary.zod });
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

/** What `npm install` does with tarballs. */
async function unpack({ dependencies, devDependencies, overrides }: Manifest): Promise<void> {
  const tarballs = Object.entries({ ...overrides, ...dependencies, ...devDependencies }).filter(([, from]) =>
    from.startsWith('file:'),
  );
  expect(tarballs.map(([name]) => name)).toEqual(expect.arrayContaining(['tiercel', '@tiercel/cli', '@tiercel/protocol']));
  for (const [name, from] of tarballs) {
    const to = `${PROJECT}/node_modules/${name}`;
    mkdirSync(to, { recursive: true });
    const { code } = await run('tar', ['-xzf', join(PROJECT, from.slice('file:'.length)), '-C', to, '--strip-components', '1']);
    expect(code).toBe(0);
  }
}

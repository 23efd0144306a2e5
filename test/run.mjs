#!/usr/bin/env node
// Runs the checks and tests, from a fresh clone on. Plain Node: it has to work before anything is installed.
//   node test/run.mjs [--only STAGE,…] [--seeds N]
// Ends with `N passed, N failed` on a line of its own; exit code 0 when none failed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'tiercel-test-run-'));
const registry = join(work, 'registry');
/** A stage that takes longer is killed and has failed. */
const STAGE_MINUTES = Number(process.env.TIERCEL_STAGE_MINUTES || 10);

/** In order. A stage is a command, or a vitest project, which counts its tests. */
const STAGES = {
  types: { run: () => build() },
  lint: { run: () => tool('biome', 'ci', '--error-on-warnings', '.') },
  unused: { run: () => tool('knip', '--no-config-hints') },
  floors: { project: 'floors' },
  unit: { project: 'unit' },
  conformance: { project: 'conformance', needsServers: true },
  durability: { project: 'durability', needsServers: true },
  journey: { project: 'journey' },
  system: { project: 'system', needsServers: true },
  // last: once Docker runs, servers for tests would come from containers
  compose: { run: async () => (await command('bash', ['test/compose/docker.sh'])) && vitest('compose') },
};
/** Takes minutes and Docker, so that it has to be asked for, by name or by `TIERCEL_COMPOSE=1`. */
const ASKED_FOR = process.env.TIERCEL_COMPOSE === '1' ? [] : ['compose'];

const { values: flags } = parseArgs({ options: { only: { type: 'string' }, seeds: { type: 'string' } } });
const wanted = flags.only?.split(',') ?? Object.keys(STAGES).filter((name) => !ASKED_FOR.includes(name));
const unknown = wanted.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`expected stages out of ${Object.keys(STAGES).join()}, got ${unknown.join()}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
/** What failed, told again at the end, where a long log is read first. */
const failures = [];
const env = { ...process.env, TIERCEL_TEST_REGISTRY: registry, TESTCONTAINERS_RYUK_DISABLED: 'true' };
if (flags.seeds) env.TIERCEL_SEEDS = flags.seeds;
let running;
let finishing = false;
// `on`, not `once`: libraries that clean up at exit kill the process when they see no other listener left
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => finish(130));

let servers;
if (!flags.only && ASKED_FOR.length > 0) console.log('compose is left out: `TIERCEL_COMPOSE=1 npm test` runs it too, with Docker');
await main().catch((error) => {
  console.error(`\n${error.message}`);
  total.failed++;
});
await finish(total.failed === 0 && total.passed > 0 ? 0 : 1);

async function main() {
  if (!(await stage('install', install))) return;
  // everything else runs on what was built, so the build comes first also when it was not asked for
  if (!wanted.includes('types') && !(await stage('build', build))) return;
  for (const [name, { run, project, needsServers }] of Object.entries(STAGES)) {
    if (!wanted.includes(name)) continue;
    if (needsServers) await acquireServers();
    const passed = await stage(name, run ?? (() => vitest(project)));
    if (name === 'types' && !passed) return;
  }
}

/** Runs `act`, which returns whether it passed or what it counted, and prints what came of it. */
async function stage(name, act) {
  const startedAt = performance.now();
  console.log(`\n── ${name}`);
  const outcome = await act();
  const counts = typeof outcome === 'object' ? outcome : { passed: outcome ? 1 : 0, failed: outcome ? 0 : 1 };
  total.passed += counts.passed;
  total.failed += counts.failed;
  if (counts.failed > 0) failures.push(...(counts.named?.length ? counts.named : [name]));
  const facts = [`${counts.passed} ok`, `${counts.failed} not ok`, ...(counts.skipped ? [`${counts.skipped} skipped`] : [])];
  console.log(`── ${name}: ${facts.join(', ')}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return counts.failed === 0;
}

/** Installs what package-lock.json says, unless it is there already. */
async function install() {
  if (isInstalled()) return true;
  if (await command('npm', ['ci', '--no-audit', '--no-fund'])) return true;
  // A registry that serves a release only in part makes `npm ci` refuse a lockfile that `npm install` takes as it is.
  console.log('npm ci failed, so npm install is tried');
  return command('npm', ['install', '--no-audit', '--no-fund']);
}

function isInstalled() {
  const [wantedLock, installedLock] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) => join(root, file));
  if (!existsSync(installedLock)) return false;
  const [lock, installed] = [wantedLock, installedLock].map((file) => JSON.parse(readFileSync(file, 'utf8')).packages);
  const needed = Object.entries(lock).filter(([path, entry]) => path.startsWith('node_modules/') && !entry.optional);
  return needed.every(([path, entry]) => installed[path]?.version === entry.version);
}

/** Compiles every package, service and test, after removing what was built from sources that are gone. */
async function build() {
  const dirs = ['packages', 'services', 'test'].flatMap((top) => readdirSync(join(root, top)).map((name) => join(root, top, name)));
  const projects = dirs.filter((dir) => existsSync(join(dir, 'tsconfig.json')));
  for (const dir of projects) pruneBuilt(dir);
  return tool('tsc', '-b', ...projects.map((dir) => relative(root, dir)));
}

function pruneBuilt(dir) {
  const dist = join(dir, 'dist');
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist, { recursive: true })) {
    const source = name.replace(/(\.d)?\.([cm]?)[jt]s(\.map)?$/, '.$2ts');
    if (source !== name && !existsSync(join(dir, 'src', source))) rmSync(join(dist, name));
  }
}

/** Runs a vitest project and counts its tests; a vitest that crashes, hangs or finds no test counts as one failure more. */
async function vitest(project) {
  const report = join(work, `${project}.json`);
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const ok = await tool(
    'vitest',
    'run',
    '--config',
    'test/vitest.config.mjs',
    '--project',
    project,
    '--passWithNoTests',
    ...reporters,
  );
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const told = JSON.parse(readFileSync(report, 'utf8'));
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests } = told;
  const failed = !ok && numFailedTests === 0 ? 1 : numFailedTests;
  return { passed, failed, skipped: numPendingTests + numTodoTests, named: failedIn(told) };
}

/** The tests that failed; of a file that failed outside its tests, its name. */
function failedIn({ testResults }) {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, assertionResults, message }) => {
      const tests = assertionResults.filter(({ status }) => status === 'failed');
      const file = relative(root, name);
      if (tests.length === 0) return [`${file}: ${firstLine(message)}`];
      return tests.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages.join())}`);
    });
}

function firstLine(text) {
  return text.split('\n', 1)[0].slice(0, 300);
}

async function acquireServers() {
  if (servers) return;
  const { acquire } = await import(pathToFileURL(join(root, 'test/support/dist/index.js')).href);
  Object.assign(process.env, env); // what it starts is registered too
  servers = await acquire((line) => console.log(line), join(root, '.cache'));
  Object.assign(env, servers.env);
}

function tool(name, ...args) {
  return command(process.execPath, [binOf(name), ...args]);
}

/** The script behind `npx NAME`, without the half second that npx takes. */
function binOf(name) {
  const packageName = { biome: '@biomejs/biome', tsc: 'typescript' }[name] ?? name;
  const dir = join(root, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  return join(dir, typeof bin === 'string' ? bin : bin[name]);
}

/** Resolves to whether it exited with 0 in time. It gets its own process group, so that none of its children outlives it. */
function command(file, args) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    running = child;
    const timer = setTimeout(() => {
      console.error(`${file} ${args[0]} took longer than ${STAGE_MINUTES} minutes`);
      endGroup(child);
    }, STAGE_MINUTES * 60_000);
    child.once('error', () => resolve(false));
    child.once('exit', (code) => {
      clearTimeout(timer);
      running = undefined;
      resolve(code === 0);
    });
  });
}

function endGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}

async function finish(code) {
  if (finishing) return;
  finishing = true;
  if (code === 130) total.failed++; // an interrupted run has not passed
  if (running) endGroup(running);
  await servers?.release().catch((error) => console.error(`a server did not stop: ${error.message}`));
  const support = join(root, 'test/support/dist/leftovers.js');
  if (existsSync(support)) (await import(pathToFileURL(support).href)).endLeftovers(registry);
  rmSync(work, { recursive: true, force: true });
  if (failures.length > 0) console.log(`\nfailed:\n${failures.map((each) => `  ${each}\n`).join('')}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exit(code);
}

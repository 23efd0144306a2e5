// `npm start`: says how it runs, installs and builds what is missing, and starts Tiercel with the demo's jobs.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseMode } from '../packages/cli/bin/mode.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const flags = process.argv.slice(2);
/** What runs; each builds what it stands on. */
const NEEDED = ['packages/cli', 'services/producer', 'services/broker-adapter', 'services/consumer', 'services/supervisor'];

requireNode(20, 19);
console.log(chooseMode(process.env, { single: flags.includes('--single') }).sentence);
if (!isInstalled()) install();
build();

const { main } = await import('../packages/cli/dist/main.js');
await main(['dev', '--demo', '--announced', ...flags]);

function requireNode(major, minor) {
  const [has, hasMinor] = process.versions.node.split('.').map(Number);
  if (has > major || (has === major && hasMinor >= minor)) return;
  console.error(`Tiercel needs Node ${major}.${minor} or newer, and this is ${process.versions.node}.`);
  process.exit(1);
}

/** npm writes its own lockfile into node_modules last; an older one than ours is of other dependencies. */
function isInstalled() {
  const writtenMs = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return writtenMs('node_modules/.package-lock.json') >= Math.max(1, writtenMs('package-lock.json'));
}

/** By the lockfile; where that cannot be had to the letter (a platform's package is missing at a mirror), as npm finds fit. */
function install() {
  console.log('Installing the dependencies into node_modules …');
  const quiet = ['--no-audit', '--no-fund'];
  if (run('npm', ['ci', ...quiet]).status !== 0) require(run('npm', ['install', ...quiet]));
}

function build() {
  console.log('Building …');
  require(run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...NEEDED]));
}

/** Runs a command in the repository, silently. */
function run(command, args) {
  return { command, args, ...spawnSync(command, args, { cwd: root, encoding: 'utf8' }) };
}

/** Ends with what a command that failed has said. */
function require({ command, args, status, error, stdout, stderr }) {
  if (status === 0) return;
  console.error(`${command} ${args.join(' ')} failed: ${error?.message ?? ''}\n${stdout ?? ''}${stderr ?? ''}`);
  process.exit(1);
}

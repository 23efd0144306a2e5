import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from './engine.js';

const BOUND = { aptMs: 120_000, downloadMs: 60_000 } as const;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Asked by Debian's packages whether they may start what they installed. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Installs Debian's packages, starts none of their services, and returns the path of the command they bring; `undefined` when not root on a Debian. */
export function installPackage(command: string, packages: readonly string[] = [command]): string | undefined {
  if (!isDebianRoot()) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => execFileSync('apt-get', args, { env, stdio: 'pipe', timeout: BOUND.aptMs });
  const allow = forbidStarts();
  try {
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  } catch (error) {
    throw new Error(`apt-get could not install ${command}: ${lastLine(error)}`);
  } finally {
    allow();
  }
  return onPath(command);
}

/** Unless the machine has a policy of its own. Returns the way back. */
function forbidStarts(): () => void {
  if (existsSync(POLICY)) return () => {};
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(POLICY, { force: true });
}

/**
 * A NATS server newer than Debian 12's, out of Debian testing, unpacked under `cacheDir` and installed nowhere: the proof that
 * tenants cannot reach one another needs one without the known holes. Nothing when it cannot be had.
 */
export function newerNats(cacheDir: string, say: (line: string) => void): Record<string, string> {
  const given = process.env.TIERCEL_TEST_NATS_NEWER_BIN;
  const binary = given ?? join(cacheDir, 'debian-testing', 'usr', 'sbin', 'nats-server');
  try {
    if (!existsSync(binary)) unpackFromTesting('nats-server', cacheDir);
    return existsSync(binary) ? { TIERCEL_TEST_NATS_NEWER_BIN: binary } : {};
  } catch (error) {
    say(`nats: no newer server to be had (${lastLine(error)}); the proof of isolation runs on the one above`);
    return {};
  }
}

/** Uses an apt configuration of its own, so that the machine's stays as it is. */
function unpackFromTesting(name: string, cacheDir: string): void {
  const mirror = isDebianRoot() ? mirrorOfThisMachine() : undefined;
  if (!mirror) throw new Error('not root on a Debian');
  const work = join(cacheDir, 'apt-testing');
  for (const dir of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(work, dir), { recursive: true });
  const sources = join(work, 'testing.sources');
  writeFileSync(sources, `Types: deb\nURIs: ${mirror}\nSuites: testing\nComponents: main\nSigned-By: ${KEYRING}\n`);
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: work, stdio: 'pipe', timeout: BOUND.downloadMs });
  run('apt-get', ...options, 'update', '-qq');
  run('apt-get', ...options, 'download', '-qq', name);
  const file = readdirSync(work).find((each) => each.startsWith(`${name}_`) && each.endsWith('.deb'));
  run('dpkg-deb', '-x', join(work, file ?? ''), join(cacheDir, 'debian-testing'));
}

const isDebianRoot = (): boolean => process.getuid?.() === 0 && onPath('apt-get') !== undefined && onPath('dpkg-deb') !== undefined;

function mirrorOfThisMachine(): string | undefined {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].filter((file) => existsSync(file));
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const urls = [...text.matchAll(/^(?:URIs:|deb(?: \[[^\]]*\])?) *(\S+)/gm)].map((match) => match[1] as string);
  return urls.find((url) => !url.includes('security'));
}

const lastLine = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: Buffer; message: string };
  return (stderr?.toString() || message).trim().split('\n').at(-1) ?? '';
};

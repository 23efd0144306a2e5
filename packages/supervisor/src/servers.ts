import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock, Log, Random } from '@tiercel/actors';
import { leaveNatsUrl } from '@tiercel/host';
import { fail } from '@tiercel/protocol';
import { type Fleet, superviseFleet } from './fleet.js';
import { freePort, greetsWith, portOpens } from './port.js';
import type { Program } from './program.js';
import { spawnProcess } from './spawn-process.js';

export interface ServersOptions {
  /** Path of a nats-server to start; `undefined`: none, `natsUrl` is used. */
  readonly natsServer: string | undefined;
  readonly natsUrl: string;
  /** Path of a redis-server to start; `undefined`: none, `storeUrl` is used. */
  readonly redisServer: string | undefined;
  readonly storeUrl: string;
  /** Folder under which this run keeps its own, which goes when it ends. */
  readonly dataDir: string;
  readonly env: Program['env'];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Given the undo as soon as a server is started, for an end before all of them listen; nothing starts after it ran. */
  readonly defer?: (undo: () => Promise<void>) => void;
}

/** Servers that were started here, and where they and the others are. */
export interface Servers extends Omit<Fleet, 'ready'> {
  readonly natsUrl: string;
  readonly storeUrl: string;
}

/** How long a server may take until it listens. */
const LISTEN_MS = 10_000;
const STOP_MS = 5_000;

/** Where everybody looks for a NATS server first. */
const NATS_PORT = 4_222;

/**
 * Starts the servers asked for on the loopback interface, and resolves when they listen: NATS on its usual port when that is free, else
 * they take any. Where that NATS is, is left in `dataDir` for {@link findNatsUrl}. Throws UNREACHABLE.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const first = await startOn(await freePort(NATS_PORT), options);
  return first ?? (await startOn(await freePort(), options)) ?? fail('UNREACHABLE', { reason: 'no port stayed free' });
}

/** `undefined` when another server was quicker to take the port for NATS. */
async function startOn(natsPort: number, options: ServersOptions): Promise<Servers | undefined> {
  const { clock, random, log, env } = options;
  const run = `run-${process.pid}`;
  const folder = join(options.dataDir, run);
  const nats = options.natsServer === undefined ? undefined : { command: options.natsServer, port: natsPort };
  const redis = options.redisServer === undefined ? undefined : { command: options.redisServer, port: await freePort() };
  if (nats || redis) await mkdir(folder, { recursive: true });
  await clearRuns(options.dataDir);
  const natsUrl = nats ? `nats://127.0.0.1:${nats.port}` : options.natsUrl;
  const programs = [
    ...(nats ? [guarded('nats-server', nats.command, natsArgs(nats.port, folder, run), env)] : []),
    ...(redis ? [guarded('redis-server', redis.command, redisArgs(redis.port, folder), env)] : []),
  ];
  const fleet = superviseFleet({ programs, spawn: spawnProcess, drainMs: STOP_MS, clock, random, log });
  let undoUrl = async () => {};
  let stopped: Promise<void> | undefined;
  const undo = async () => {
    await undoUrl();
    await fleet.stop();
    if (programs.length > 0) await rm(folder, { recursive: true, force: true });
  };
  const stop = () => {
    stopped ??= undo();
    return stopped;
  };
  const notStopped = () => {
    if (stopped) fail('UNREACHABLE', { reason: 'stopped while the servers started' });
  };
  options.defer?.(stop);
  try {
    for (const server of [nats, redis])
      if (server) await portOpens(server.port, { clock, timeoutMs: LISTEN_MS, check: notStopped });
    const greeted = !nats || (await greetsWith(nats.port, run, clock));
    notStopped();
    if (!greeted) {
      await stop();
      return undefined;
    }
    if (nats) undoUrl = await leaveNatsUrl(options.dataDir, natsUrl);
    if (stopped) await undoUrl();
    notStopped();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    natsUrl,
    storeUrl: redis ? `redis://127.0.0.1:${redis.port}` : options.storeUrl,
    ended: fleet.ended,
    stop,
  };
}

/** Removes what runs left behind that were killed. */
async function clearRuns(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(() => []); // nothing was ever started here
  const over = names.filter((name) => /^run-\d+$/.test(name) && !lives(Number(name.slice(4))));
  for (const name of over) await rm(join(dataDir, name), { recursive: true, force: true });
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's
  }
}

const GUARD = fileURLToPath(new URL('./guard.js', import.meta.url));

const guarded = (name: string, command: string, args: readonly string[], env: Program['env']): Program => ({
  name,
  command: process.execPath,
  args: [GUARD, String(process.pid), command, ...args],
  env,
  count: 1,
});

/** The name is in its greeting, by which it is known from a stranger's server on the same port. */
const natsArgs = (port: number, folder: string, name: string): string[] => [
  ...['--addr', '127.0.0.1', '--port', String(port), '--name', name],
  ...['--log', join(folder, 'nats-server.log')],
];

const redisArgs = (port: number, folder: string): string[] => [
  ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--logfile', 'redis-server.log'],
  ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction', '--save', ''],
];

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readConfig } from '@tiercel/host';
import { fail } from '@tiercel/protocol';
import { isListenedTo } from '@tiercel/socket';
import { socketOf } from '@tiercel/wire';
import { chooseMode, type Mode } from '../../bin/mode.mjs';
import { requireKestrel, SERVES_KESTREL } from '../serve-kestrel.js';
import { start } from './start.js';

export interface DevFlags {
  readonly demo?: boolean;
  readonly once?: boolean;
  readonly single?: boolean;
  readonly announced?: boolean;
  readonly handlers?: readonly string[];
  readonly concurrency?: string;
  readonly consumers?: string;
  readonly brokers?: string;
  readonly nats?: string;
  readonly store?: string;
  readonly namespace?: string;
  readonly http?: string;
  readonly kestrel?: string | true;
  readonly kestrelTenant?: string;
  readonly kestrelText?: string | true;
  readonly kestrelAdmin?: string | true;
}

/** The handlers of the demo, where this runs from a clone. */
const EXAMPLE = fileURLToPath(new URL('../../../../examples/hello-world/handlers.mjs', import.meta.url));

const DEMO_JOB = 'HelloWorld';

/** Everything on this machine: four processes over NATS, or over a Unix socket where there is no nats-server; with `single` one. */
export async function dev({ announced, single, once, ...given }: DevFlags): Promise<void> {
  const { env } = process;
  const flags = { ...given, ...(once && { once, demo: true }) };
  const asked = { nats: flags.nats ?? env.TIERCEL_NATS_URL, store: flags.store ?? env.TIERCEL_STORE };
  const mode = chooseMode(env, { ...asked, single: single === true });
  if (!announced) process.stdout.write(`${mode.sentence}\n`);
  const named = (flags.handlers ?? [env.TIERCEL_HANDLERS ?? '']).flatMap((paths) => paths.split(',').map((path) => path.trim()));
  const handlers = await usable(named.filter(Boolean), flags.demo === true);
  await requireDoors(flags);
  const socket = mode.over === 'socket' ? await freeSocket(mode, flags.namespace) : undefined;
  if (mode.over !== 'none') return start('supervisor', flagsOf({ ...flags, handlers, socket }, mode));
  const { runSingle } = await import('../single.js');
  const { nats: _nats, consumers: _consumers, brokers: _brokers, ...own } = flags;
  await runSingle(flagsOf({ ...own, handlers }, mode));
}

/** Doors that cannot be opened are told before anything starts. Throws BAD_CONFIG. */
async function requireDoors({ namespace, kestrel, kestrelTenant, kestrelText, kestrelAdmin }: DevFlags): Promise<void> {
  const given = {
    ...{ namespace, kestrel, 'kestrel-tenant': kestrelTenant },
    ...{ 'kestrel-text': kestrelText, 'kestrel-admin': kestrelAdmin },
  };
  const pairs = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [[flag, String(value)]]));
  await requireKestrel(readConfig([...SERVES_KESTREL, 'namespace'], { env: process.env, flags: Object.fromEntries(pairs) }));
}

/** The handlers' paths, with the demo's own beside them unless they perform its job. Loaded once, so that a fault is told before anything starts. */
async function usable(paths: readonly string[], demo: boolean): Promise<readonly string[]> {
  const { loadHandlers } = await import('@tiercel/worker');
  const handlers = await loadHandlers(paths);
  if (!demo || handlers.has(DEMO_JOB) || !existsSync(EXAMPLE)) return paths;
  await loadHandlers([EXAMPLE]);
  return [...paths, EXAMPLE];
}

/** Where the four will meet. Throws STORAGE_OWNED when others do already: two fleets would perform each other's jobs. */
async function freeSocket({ store: url }: Mode, named: string | undefined): Promise<string> {
  const flags = { ...(url && { store: url }), ...(named && { namespace: named }) };
  const { socket, store, dataDir, namespace } = readConfig(['socket', 'store', 'dataDir', 'namespace'], {
    env: process.env,
    flags,
  });
  const path = socket ?? socketOf({ store, dataDir, namespace });
  if (await isListenedTo(path)) fail('STORAGE_OWNED', { socket: path, reason: 'tiercel dev, or a program, runs here already' });
  return path;
}

type Asked = Omit<DevFlags, 'single' | 'announced'> & { readonly socket?: string | undefined };

/** What was asked for and what the machine has, as the flags of a service. */
function flagsOf({ demo, once, handlers = [], kestrelTenant, kestrelText, kestrelAdmin, ...values }: Asked, mode: Mode): string[] {
  const given = {
    ...values,
    'kestrel-tenant': kestrelTenant,
    'kestrel-text': kestrelText,
    'kestrel-admin': kestrelAdmin,
    'log-format': process.env.TIERCEL_LOG_FORMAT || 'story',
    'nats-server': mode.natsServer,
    'redis-server': mode.redisServer,
    store: mode.store,
    // without handlers there is nothing that a consumer could perform
    ...(handlers.length === 0 && mode.over !== 'none' && { consumers: '0' }),
  };
  const pairs = Object.entries(given).filter(([, value]) => value !== undefined);
  return [
    ...pairs.map(([flag, value]) => `--${flag}=${value}`),
    ...handlers.map((path) => `--handlers=${path}`),
    ...(demo ? ['--demo'] : []),
    ...(once ? ['--once'] : []),
  ];
}

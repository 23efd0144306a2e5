import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chooseMode, type Mode } from '../../bin/mode.mjs';
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
}

/** The handlers of the demo, where this runs from a clone. */
const EXAMPLE = fileURLToPath(new URL('../../../../examples/hello-world/handlers.mjs', import.meta.url));

const DEMO_JOB = 'HelloWorld';

/** Everything on this machine: four processes over NATS, or one process where there is no nats-server. */
export async function dev({ announced, single, once, ...given }: DevFlags): Promise<void> {
  const { env } = process;
  const flags = { ...given, ...(once && { once, demo: true }) };
  const asked = { nats: flags.nats ?? env.TIERCEL_NATS_URL, store: flags.store ?? env.TIERCEL_STORE };
  const mode = chooseMode(env, { ...asked, single: single === true });
  if (!announced) process.stdout.write(`${mode.sentence}\n`);
  const named = (flags.handlers ?? [env.TIERCEL_HANDLERS ?? '']).flatMap((paths) => paths.split(',').map((path) => path.trim()));
  const handlers = await usable(named.filter(Boolean), flags.demo === true);
  if (!mode.single) return start('supervisor', flagsOf({ ...flags, handlers }, mode));
  const { runSingle } = await import('../single.js');
  const { nats: _nats, consumers: _consumers, brokers: _brokers, ...own } = flags;
  await runSingle(flagsOf({ ...own, handlers }, mode));
}

/** The handlers' paths, with the demo's own beside them unless they perform its job. Loaded once, so that a fault is told before anything starts. */
async function usable(paths: readonly string[], demo: boolean): Promise<readonly string[]> {
  const { loadHandlers } = await import('@tiercel/worker');
  const handlers = await loadHandlers(paths);
  if (!demo || handlers.has(DEMO_JOB) || !existsSync(EXAMPLE)) return paths;
  await loadHandlers([EXAMPLE]);
  return [...paths, EXAMPLE];
}

/** What was asked for and what the machine has, as the flags of a service. */
function flagsOf({ demo, once, handlers = [], ...values }: Omit<DevFlags, 'single' | 'announced'>, mode: Mode): string[] {
  const given = {
    ...values,
    'log-format': process.env.TIERCEL_LOG_FORMAT || 'story',
    'nats-server': mode.natsServer,
    'redis-server': mode.redisServer,
    store: mode.store,
    // without handlers there is nothing that a consumer could perform
    ...(handlers.length === 0 && !mode.single && { consumers: '0' }),
  };
  const pairs = Object.entries(given).filter(([, value]) => value !== undefined);
  return [
    ...pairs.map(([flag, value]) => `--${flag}=${value}`),
    ...handlers.map((path) => `--handlers=${path}`),
    ...(demo ? ['--demo'] : []),
    ...(once ? ['--once'] : []),
  ];
}

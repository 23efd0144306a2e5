import { type Clock, type Log, type Random, realClock, realRandom } from '@tiercel/actors';
import { readConfig, unknownVariables } from './config.js';
import { type Ending, endingOf } from './ending.js';
import { exitCodeOf, explain } from './exit-code.js';
import { flagHelp, parseFlags } from './flags.js';
import { createLog } from './log.js';
import type { Machine } from './machine.js';
import { Metrics } from './metrics/metrics.js';
import { countProcess } from './metrics/process-metrics.js';
import { parentOf, watchParent } from './parent-watch.js';
import { type Check, Readiness } from './readiness.js';
import { COMMON, type Config, type SettingName } from './settings.js';
import { thisProcess } from './this-process.js';
import { type UndoLast, Undos } from './undos.js';

type Common = (typeof COMMON)[number];

export interface ServiceSpec<K extends SettingName> {
  readonly name: string;
  /** What it takes besides {@link COMMON}. */
  readonly settings: readonly K[];
  /** Those of them without which it does not start. */
  readonly required?: readonly K[];
  readonly machine?: Machine;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** What a service is wired with. */
export interface Host<K extends SettingName> {
  readonly config: Readonly<Pick<Config, K | Common>>;
  readonly service: string;
  readonly instance: string;
  readonly pid: number;
  /** The process that started this one and that it must not outlive; 0 = none. */
  readonly parentPid: number;
  readonly env: Machine['env'];
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** To be called on the line after something was acquired. Undos run last in, first out, when the service ends. */
  defer(undo: UndoLast): void;
  /** One more part that must be well for `/readyz` to say so. */
  check(name: string, check: Check): void;
  /** What it counts; told with `--health-port`. */
  readonly metrics: Metrics;
  /** It reports that it is ready when this is over as well; meanwhile it runs. */
  readyAfter(over: Promise<unknown>): void;
  /** Ends the service in order, with this exit code. */
  end(exitCode: number): void;
  /** Ends the service in order because of an error, with the error's exit code. */
  fail(error: unknown): void;
}

/**
 * Runs a service: configuration → wire → run → drain. SIGTERM, SIGINT and SIGHUP drain, for `drainMs` at most; a second signal exits
 * at once. What nobody caught is logged and ends the process with 1. When the starting process is gone, so is this one; when npx is, it drains. With
 * `--health-port` it tells of itself over HTTP from before it is wired until after it has drained.
 */
export async function runService<K extends SettingName>(
  spec: ServiceSpec<K>,
  wire: (host: Host<K>) => Promise<void>,
): Promise<void> {
  const { machine = thisProcess() } = spec;
  try {
    await start(spec, machine, wire);
  } catch (error) {
    machine.complain(explain(error));
    machine.exit(exitCodeOf(error));
  }
}

async function start<K extends SettingName>(
  spec: ServiceSpec<K>,
  machine: Machine,
  wire: (host: Host<K>) => Promise<void>,
): Promise<void> {
  const { name: service, clock = realClock, random = realRandom } = spec;
  const names = [...new Set<K | Common>([...COMMON, ...spec.settings])];
  if (machine.argv.includes('--help')) return help(machine, service, names, spec.required);
  const config = readConfig(names, { env: machine.env, flags: parseFlags(machine.argv, names) }, spec.required);
  const instance = config.instance ?? madeUpInstance(service, machine, random);
  const log: Log = await logOf(config, service, instance, machine);
  for (const warning of unknownVariables(machine.env)) log.warn({ warning }, 'variable ignored');
  const undos = new Undos();
  const before: Promise<unknown>[] = [];
  const ending = endingOf({ machine, clock, log, undos, drainMs: config.drainMs });
  watchParent(machine, clock, { byOurs: () => machine.exit(1), byNpx: () => ending.end(0) });
  let started = false;
  const readiness = new Readiness(() => (ending.under() ? 'draining' : started ? 'running' : 'starting'));
  try {
    const metrics = new Metrics();
    await tellHealth(config, service, readiness, metrics, log, undos);
    const { pid, env } = machine;
    const identity = { service, instance, pid, parentPid: parentOf(env), env };
    const readyAfter = (over: Promise<unknown>) => void before.push(over);
    const check: Host<K>['check'] = (name, part) => readiness.add(name, part);
    await wire({
      config,
      ...identity,
      log,
      clock,
      random,
      defer: (undo) => undos.push(undo),
      check,
      metrics,
      readyAfter,
      ...ending,
    });
  } catch (error) {
    if (!ending.under()) machine.complain(explain(error)); // a wiring that a signal cuts short fails as it may
    return ending.end(exitCodeOf(error));
  }
  if (ending.under()) return;
  started = true;
  log.info({}, 'service started');
  void Promise.all(before).then(
    () => machine.reportReady(),
    () => {}, // whoever waits for it knows that it failed
  );
}

async function tellHealth(
  { healthPort, healthHost: host, namespace }: Pick<Config, 'healthPort' | 'healthHost' | 'namespace'>,
  service: string,
  readiness: Readiness,
  metrics: Metrics,
  log: Log,
  undos: Undos,
): Promise<void> {
  if (healthPort === undefined) return;
  undos.push(countProcess(metrics, { service, namespace }));
  const told = { report: () => readiness.report(), metrics: () => metrics.text() };
  const { serveHealth } = await import('./health.js');
  const server = await serveHealth({ host, port: healthPort, ...told });
  undos.push(() => server.close());
  log.info({ host, port: server.port }, 'health served');
}

function logOf(config: Pick<Config, 'logLevel' | 'logFormat'>, service: string, instance: string, machine: Machine) {
  const { logLevel: level, logFormat: format } = config;
  return createLog({ service, instance, level, format, out: machine.stdout, colour: !machine.env.NO_COLOR });
}

/** Unique among living processes: the host's name alone is not, and a pid is used again. */
function madeUpInstance(service: string, machine: Machine, random: Random): string {
  const host = machine.hostname.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 60);
  return `${service}-${host}-${machine.pid}-${Buffer.from(random.bytes(3)).toString('hex')}`;
}

function help(machine: Machine, service: string, names: readonly SettingName[], required: readonly SettingName[] = []): void {
  const usage = `Usage: tiercel start ${service} [flags]\n\nFlags, and the variables that are read without them:`;
  machine.stdout.write(`${usage}\n${flagHelp(names, required)}\n`);
  machine.exit(0);
}

export type { Ending };

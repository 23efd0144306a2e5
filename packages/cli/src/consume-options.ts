import { addressOf } from '@tiercel/host';
import { KESTREL_LIMITS, requireQueueName } from '@tiercel/kestrel';
import { type Allowance, queueNames } from '@tiercel/kestrel-worker';
import { fail, LIMITS, requireName, toMs } from '@tiercel/protocol';
import { readWhole } from './number.js';

export interface ConsumeFlags {
  readonly env?: string;
  readonly server?: string;
  readonly queue?: string;
  readonly maxJobs?: string;
  readonly debug?: boolean;
  readonly handlers?: readonly string[];
  readonly exec?: readonly string[];
  readonly namespace?: string;
  readonly attempts?: string;
  readonly backoff?: string;
  readonly backoffMax?: string;
  readonly timeout?: string;
  readonly childEnv?: readonly string[];
  readonly drain?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly healthPort?: string;
}

export interface ConsumeOptions {
  readonly environment: string;
  readonly server: { readonly host: string; readonly port: number };
  /** As the server calls it. */
  readonly queue: string;
  /** 0 is no end. */
  readonly maxJobs: number;
  readonly debug: boolean;
  /** Paths of handlers; none with a command. */
  readonly handlers: readonly string[];
  /** A command as an argument vector; empty with handlers. */
  readonly command: readonly string[];
  readonly allowance: Partial<Allowance>;
  /** Flags that every service takes, for `runService`. */
  readonly argv: readonly string[];
}

const MAX_JOBS = 1_000_000_000;

/** What was written, understood. Throws BAD_OPTION and BAD_NAME, each for people who see the usage below it. */
export function readConsume(flags: ConsumeFlags, env: Readonly<Record<string, string | undefined>>): ConsumeOptions {
  const { env: environment = '', server = '', queue = '', exec: command = [], maxJobs = '0', debug = false } = flags;
  requireAll({ '-e ENV': environment, '-s HOST:PORT': server, '-q QUEUE': queue });
  const handlers = command.length > 0 ? (flags.handlers ?? []) : (flags.handlers ?? [env.TIERCEL_HANDLERS ?? '']);
  const paths = handlers.flatMap((each) => each.split(',').map((path) => path.trim())).filter(Boolean);
  if (paths.length > 0 === command.length > 0)
    fail('BAD_OPTION', { option: '--handlers', expected: 'either --handlers PATH... or --exec COMMAND...' });
  return {
    environment,
    server: serverOf(server),
    queue: queueOf(queue, flags.namespace),
    maxJobs: readWhole('-m', maxJobs, 0, MAX_JOBS),
    debug,
    handlers: paths,
    command,
    allowance: allowanceIn(flags),
    argv: argvOf(flags),
  };
}

function requireAll(options: Readonly<Record<string, string>>): void {
  const missing = Object.keys(options).filter((option) => options[option] === '');
  if (missing.length > 0) fail('BAD_OPTION', { option: missing.join(', '), expected: 'a value' });
}

function serverOf(text: string): { readonly host: string; readonly port: number } {
  const address = addressOf(text) ?? addressOf(`${text}:${KESTREL_LIMITS.port}`);
  return address ?? fail('BAD_OPTION', { option: '-s', expected: 'HOST:PORT', got: text.slice(0, 80) });
}

/** Every server takes it, and the names of the queues beside it. */
function queueOf(queue: string, namespace: string | undefined): string {
  const name = namespace === undefined ? queue : `${requireName('namespace', namespace)}_${queue}`;
  for (const each of Object.values(queueNames(name))) requireQueueName(each);
  return name;
}

function allowanceIn({ attempts, backoff, backoffMax, timeout }: ConsumeFlags): Partial<Allowance> {
  return {
    ...(attempts !== undefined && { attempts: readWhole('--attempts', attempts, 0, LIMITS.attempts) }),
    ...(backoff !== undefined && { backoffMs: toMs('--backoff', backoff, LIMITS.backoffMs) }),
    ...(backoffMax !== undefined && { backoffMaxMs: toMs('--backoff-max', backoffMax, LIMITS.backoffMs) }),
    ...(timeout !== undefined && { timeoutMs: toMs('--timeout', timeout, LIMITS.timeoutMs) }),
  };
}

function argvOf({ drain, logLevel, logFormat, healthPort, childEnv }: ConsumeFlags): string[] {
  const given = { drain, 'log-level': logLevel, 'log-format': logFormat, 'health-port': healthPort, 'child-env': childEnv?.join() };
  return Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}=${value}`]));
}

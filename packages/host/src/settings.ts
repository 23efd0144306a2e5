import { DURABILITIES, LIMITS } from '@tiercel/protocol';
import {
  address,
  duration,
  host,
  instanceName,
  integer,
  kestrelAddress,
  list,
  name,
  natsUrl,
  oneOf,
  path,
  queueOrAll,
  type Reader,
  storeUrl,
  switchedOn,
} from './reader.js';

/** One thing that can be configured: by its flag, else by its variable, else by its fallback. */
export interface Setting<T> {
  readonly variable: string;
  readonly flag: string;
  readonly reader: Reader<Exclude<T, undefined>>;
  /** Text, read like any other; `undefined`: the value is then undefined. */
  readonly fallback: string | undefined;
  /** One sentence for people. */
  readonly about: string;
}

/** Everything that can be configured. The only place with names, defaults and units. */
export const SETTINGS = {
  nats: setting('TIERCEL_NATS_URL', 'nats', natsUrl, 'nats://127.0.0.1:4222', 'The NATS server.'),
  socket: optional(
    'TIERCEL_SOCKET',
    'socket',
    path,
    'A Unix socket over which the processes of one machine and one user speak instead of NATS; the broker-adapter serves it.',
  ),
  store: setting('TIERCEL_STORE', 'store', storeUrl, 'redis://127.0.0.1:6379', 'Where brokers keep jobs.'),
  namespace: setting('TIERCEL_NAMESPACE', 'namespace', name, 'tiercel', 'Prefix of every subject and key of this installation.'),
  tenant: optional(
    'TIERCEL_TENANT',
    'tenant',
    name,
    'Whose jobs: the command line takes `dev` without it, a consumer all tenants.',
  ),
  tenants: setting('TIERCEL_TENANTS', 'tenants', list(name), 'dev,acme', 'Tenants that the producer enqueues for.'),
  logLevel: setting(
    'TIERCEL_LOG_LEVEL',
    'log-level',
    oneOf('debug', 'info', 'warn', 'error'),
    'info',
    'The least level that is logged.',
  ),
  logFormat: setting(
    'TIERCEL_LOG_FORMAT',
    'log-format',
    oneOf('auto', 'json', 'pretty', 'story'),
    'auto',
    'How log lines look; `auto` is pretty on a terminal and json elsewhere, `story` is for newcomers.',
  ),
  instance: optional(
    'TIERCEL_INSTANCE',
    'instance',
    instanceName,
    'Name of this process, unique among the living; made up without it.',
  ),
  concurrency: setting(
    'TIERCEL_CONCURRENCY',
    'concurrency',
    integer(1, LIMITS.batchItems),
    '10',
    'Jobs that a consumer performs at once.',
  ),
  queues: optional(
    'TIERCEL_QUEUES',
    'queue',
    list(queueOrAll),
    'Queues in order of preference, `*` is every queue; without it those that the handlers name.',
  ),
  handlers: optional('TIERCEL_HANDLERS', 'handlers', list(path), 'Files or folders with the handlers that a consumer performs.'),
  childEnv: optional(
    'TIERCEL_CHILD_ENV',
    'child-env',
    list({ expected: 'the name of a variable', read: (text) => (/^\w+$/.test(text) ? text : undefined) }),
    'Variables that jobs in a process of their own see, besides PATH, HOME, TZ and LANG.',
  ),
  shards: setting(
    'TIERCEL_SHARDS',
    'shards',
    integer(1, 4_096),
    '16',
    'Parts of the storage; fixed when the installation is made.',
  ),
  requireDurability: optional(
    'TIERCEL_REQUIRE_DURABILITY',
    'require-durability',
    oneOf(...DURABILITIES.filter((durability) => durability !== 'unknown')),
    'The least that stored jobs must survive; a storage that keeps less is refused.',
  ),
  payloadBytes: setting(
    'TIERCEL_MAX_PAYLOAD_BYTES',
    'max-payload-bytes',
    integer(1, LIMITS.payloadMostBytes),
    String(LIMITS.payloadBytes),
    'Largest payload of a job that brokers take, in bytes.',
  ),
  drainMs: setting(
    'TIERCEL_DRAIN',
    'drain',
    duration(3_600_000),
    '20s',
    'How long a process that ends lets its jobs finish before it hands them back.',
  ),
  healthPort: optional(
    'TIERCEL_HEALTH_PORT',
    'health-port',
    integer(0, 65_535),
    'Port for `/livez`, `/readyz` and `/metrics` of this one process; 0 is one that is free, without it there are none.',
  ),
  healthHost: setting('TIERCEL_HEALTH_HOST', 'health-host', host, '127.0.0.1', 'Address on which that port listens.'),
  brokers: setting('TIERCEL_BROKERS', 'brokers', integer(0, 64), '1', 'Broker-adapter processes that the supervisor keeps.'),
  consumers: setting('TIERCEL_CONSUMERS', 'consumers', integer(0, 256), '1', 'Consumer processes that the supervisor keeps.'),
  producers: setting('TIERCEL_PRODUCERS', 'producers', integer(0, 64), '1', 'Producer processes that the supervisor keeps.'),
  natsServer: optional(
    'TIERCEL_NATS_SERVER',
    'nats-server',
    path,
    'A nats-server program that the supervisor starts, on port 4222 or else a free one.',
  ),
  redisServer: optional(
    'TIERCEL_REDIS_SERVER',
    'redis-server',
    path,
    'A redis-server program that the supervisor starts on a free port.',
  ),
  dataDir: setting('TIERCEL_DATA', 'data', path, '.tiercel', 'Folder for what `tiercel dev` and servers started here keep.'),
  demo: setting('TIERCEL_DEMO', 'demo', switchedOn, 'false', 'Enqueue the HelloWorld jobs and show what became of them.'),
  once: setting('TIERCEL_ONCE', 'once', switchedOn, 'false', 'End when the demo is over.'),
  ratePerSec: setting(
    'TIERCEL_RATE',
    'rate',
    integer(0, 100_000),
    '0',
    'Jobs a second that a producer makes up to put load on; 0 is none.',
  ),
  count: setting('TIERCEL_COUNT', 'count', integer(0, 100_000_000), '0', 'How many of those in all; 0 is no end.'),
  produceTo: setting('TIERCEL_PRODUCE_TO', 'to', name, 'hello_world', 'Queue of the jobs that a producer makes up.'),
  jobName: setting(
    'TIERCEL_JOB',
    'job',
    { expected: 'a job name without blanks', read: (text) => (/^[\x21-\x7e]{1,128}$/.test(text) ? text : undefined) },
    'HelloWorld',
    'Name of the jobs that a producer makes up.',
  ),
  http: optional(
    'TIERCEL_HTTP',
    'http',
    address,
    'Where a producer serves its HTTP door, see docs/http.md; port 0 is one that is free, without it there is no door. Another host than this machine needs tokens.',
  ),
  httpTokens: optional(
    'TIERCEL_HTTP_TOKENS',
    'http-tokens',
    path,
    'File with the hashes of the tokens that the HTTP door lets in, as `tiercel token create` makes it.',
  ),
  httpRatePerSec: setting(
    'TIERCEL_HTTP_RATE',
    'http-rate',
    integer(0, 1_000_000),
    '1000',
    'Requests a second that the HTTP door answers for each token, or each address without tokens; 0 is no bound.',
  ),
  kestrel: optional(
    'TIERCEL_KESTREL',
    'kestrel',
    kestrelAddress,
    'Where a producer serves its Kestrel door, see docs/kestrel.md; the port is 22133 unless it is named, without this there is no door. Another host than this machine needs a tenant.',
  ),
  kestrelTenant: optional(
    'TIERCEL_KESTREL_TENANT',
    'kestrel-tenant',
    name,
    'Whose queues the Kestrel door serves; without it those of all tenants, and an item is whose it says, `dev` where it says nothing.',
  ),
  kestrelText: optional(
    'TIERCEL_KESTREL_TEXT',
    'kestrel-text',
    kestrelAddress,
    'Where the Kestrel door speaks its line protocol too; the port is 2222 unless it is named, without this it does not. Another host than this machine needs a tenant.',
  ),
  kestrelAdmin: optional(
    'TIERCEL_KESTREL_ADMIN',
    'kestrel-admin',
    kestrelAddress,
    'Where the Kestrel door serves its HTTP admin, on this machine alone; the port is 2223 unless it is named, without this there is none.',
  ),
  kestrelShutdown: setting(
    'TIERCEL_KESTREL_SHUTDOWN',
    'kestrel-shutdown',
    switchedOn,
    'false',
    'Whether SHUTDOWN of a Kestrel client ends the process; otherwise it is refused.',
  ),
} as const satisfies Record<string, Setting<never> | Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? T : never;
/** The value of every setting, typed. */
export type Config = { readonly [K in SettingName]: ValueOf<(typeof SETTINGS)[K]> };

/** Those that hold a secret: `<variable>_FILE` may name a file with the value, so that it stands in no environment. */
export const SECRET = ['nats', 'store'] as const satisfies readonly SettingName[];

/** What every service takes. */
export const COMMON = [
  'namespace',
  'logLevel',
  'logFormat',
  'instance',
  'drainMs',
  'healthPort',
  'healthHost',
] as const satisfies readonly SettingName[];

function setting<T>(variable: string, flag: string, reader: Reader<T>, fallback: string, about: string) {
  return { variable, flag, reader, fallback, about } as unknown as Setting<T>;
}

function optional<T>(variable: string, flag: string, reader: Reader<T>, about: string) {
  return { variable, flag, reader, fallback: undefined, about } as unknown as Setting<T | undefined>;
}

import { readFileSync } from 'node:fs';
import { DEFAULTS, LIMITS } from '@tiercel/protocol';
import type { Command } from 'commander';

const SERVICES = ['producer', 'broker-adapter', 'consumer', 'supervisor'];

/** Unless `--handlers` names it. */
const DEFINED = `
What defineJob says of a job (attempts, backoff, timeout, lease, priority) is for the producer that enqueues it, and this command does not
know it: give it here, or name the module that defines the job with --handlers. Otherwise the defaults above hold.`;

/** Every command. Each loads what it needs when it runs, so that `--help` is quick. */
export function program(root: Command): Command {
  root
    .name('tiercel')
    .description('A distributed, actor-style job runtime')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(--help tells more)');
  root.enablePositionalOptions();
  runtimeCommands(root);
  jobCommands(root);
  accessCommands(root);
  return root;
}

function runtimeCommands(root: Command): void {
  root
    .command('dev')
    .description('run everything on this machine')
    .option('--demo', 'enqueue the HelloWorld jobs and show what became of them')
    .option('--once', 'end when the demo is over, which it implies')
    .option('--single', 'everything in one process')
    .addOption(root.createOption('--announced', 'do not say how it runs; npm start has said it').hideHelp())
    .option('--handlers <path...>', 'files or folders with handlers')
    .option('--concurrency <n>', 'jobs that a consumer performs at once')
    .option('--consumers <n>', 'consumer processes')
    .option('--brokers <n>', 'broker-adapter processes')
    .option('--nats <url>', 'a NATS server that runs already')
    .option('--store <url>', 'redis://host:port or memory:')
    .option('--namespace <name>', 'prefix of every subject and key')
    .option('--http <port>', 'the HTTP door on this port, for this machine alone')
    .action(async (flags) => (await import('./commands/dev.js')).dev(flags));
  root
    .command('start')
    .description(`run one service: ${SERVICES.join(', ')}; \`tiercel start SERVICE --help\` lists its flags`)
    .argument('<service>')
    .argument('[flags...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (service, flags, _options, command) => {
      if (service === '--help' || service === '-h') command.help();
      await (await import('./commands/start.js')).start(service, flags);
    });
}

function jobCommands(root: Command): void {
  withCommon(root.command('enqueue').description('hand a job in'))
    .argument('<queue>')
    .argument('<name>', 'name of the job, as its handler is called')
    .argument('[json]', 'its data')
    .option('--delay <duration>', 'wait so long before it is ready, such as 5s')
    .option('--at <time>', 'ready at this time instead, such as 2030-01-31T08:00:00Z, at most 366 days ahead')
    .option('--id <id>', 'an id of your own: the same id with the same job is stored once')
    .option(
      '--attempts <n>',
      `deliveries that may be spent, 0 is no limit; by default what its queue says, else ${DEFAULTS.attempts}`,
    )
    .option(
      '--backoff <duration>',
      `longest wait before the first retry, doubled for each next; ${span(DEFAULTS.backoffMs)} by default`,
    )
    .option('--backoff-max <duration>', `longest wait before any retry; ${span(DEFAULTS.backoffMaxMs)} by default`)
    .option('--timeout <duration>', `how long one attempt may run; ${span(DEFAULTS.timeoutMs)} by default`)
    .option(
      '--lease <duration>',
      `how long a consumer may be silent, or never; by default what its queue says, else ${span(DEFAULTS.leaseMs)}`,
    )
    .option('--priority <n>', `0 (first) to ${LIMITS.priority} (last); ${DEFAULTS.priority} by default`)
    .option('--ttl <duration>', 'it expires when it has not started after so long; never by default')
    .option('--handlers <file>', 'take the settings of the job from the module that defines it')
    .addHelpText('after', DEFINED)
    .action(async (queue, name, json, flags) => (await import('./commands/enqueue.js')).enqueue(queue, name, json, flags));

  const job = root.command('job').description('look at a job, or cancel it');
  withCommon(job.command('show').argument('<id>').description('all there is to know')).action(async (id, flags) =>
    (await import('./commands/job.js')).show(id, flags),
  );
  withCommon(job.command('cancel').argument('<id>').description('take it back, or ask it to stop')).action(async (id, flags) =>
    (await import('./commands/job.js')).cancel(id, flags),
  );

  const dead = root.command('dead').description('dead letters');
  withCommon(dead.command('ls').description('oldest first'))
    .option('--queue <name>', 'of one queue')
    .option('--limit <n>', 'at most so many; 100 by default')
    .action(async (flags) => (await import('./commands/dead.js')).ls(flags));
  withCommon(dead.command('revive').argument('<id>').description('put one back')).action(async (id, flags) =>
    (await import('./commands/dead.js')).revive(id, flags),
  );

  const queue = root.command('queue').description('queues');
  withCommon(queue.command('ls').description('what is in each')).action(async (flags) =>
    (await import('./commands/queue.js')).ls(flags),
  );
}

function accessCommands(root: Command): void {
  const token = root.command('token').description('who may use the HTTP door');
  token
    .command('create')
    .description('make a token and print it, once: the file keeps its hash')
    .requiredOption('--tenant <name>', 'whose jobs it reaches; * is all tenants, for operators')
    .requiredOption('--role <role>', 'produce, read or operate')
    .requiredOption('--file <path>', 'what --http-tokens names; made when it is not there')
    .option('--json', 'the answer as JSON, and an error as JSON on stderr')
    .action(async (flags) => (await import('./commands/token.js')).create(flags));
}

function withCommon(command: Command): Command {
  return command
    .option('--tenant <name>', 'whose; TIERCEL_TENANT, else dev')
    .option(
      '--nats <url>',
      'the NATS server; TIERCEL_NATS_URL, else that of `tiercel dev` in this folder, else nats://127.0.0.1:4222',
    )
    .option('--namespace <name>', 'TIERCEL_NAMESPACE, else tiercel')
    .option('--json', 'the answer as JSON, and an error as JSON on stderr');
}

/** `15m`: in the largest unit that keeps it whole. */
function span(ms: number): string {
  const [size, unit] = UNITS.find(([each]) => ms % each === 0) ?? [1, 'ms'];
  return `${ms / size}${unit}`;
}

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
] as const;

const version = (): string => JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

import type { Command } from 'commander';

const SERVICES = ['producer', 'broker-adapter', 'consumer', 'supervisor'];

/** Every command. Each loads what it needs when it runs, so that `--help` is quick. */
export function program(root: Command): Command {
  root
    .name('tiercel')
    .description('A distributed, actor-style job runtime')
    .exitOverride()
    .showHelpAfterError('(--help tells more)');
  root.enablePositionalOptions();
  runtimeCommands(root);
  jobCommands(root);
  return root;
}

function runtimeCommands(root: Command): void {
  root
    .command('dev')
    .description('run everything on this machine')
    .option('--demo', 'enqueue the HelloWorld jobs and show what became of them')
    .option('--once', 'end when the demo is over')
    .option('--single', 'everything in one process')
    .option('--announced', 'do not say how it runs; npm start has said it')
    .option('--handlers <path...>', 'files or folders with handlers')
    .option('--concurrency <n>', 'jobs that a consumer performs at once')
    .option('--consumers <n>', 'consumer processes')
    .option('--brokers <n>', 'broker-adapter processes')
    .option('--nats <url>', 'a NATS server that runs already')
    .option('--store <url>', 'redis://host:port or memory:')
    .option('--namespace <name>', 'prefix of every subject and key')
    .action(async (flags) => (await import('./commands/dev.js')).dev(flags));
  root
    .command('start')
    .description(`run one service: ${SERVICES.join(', ')}; \`tiercel start SERVICE --help\` lists its flags`)
    .argument('<service>')
    .argument('[flags...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (service, flags) => (await import('./commands/start.js')).start(service, flags));
}

function jobCommands(root: Command): void {
  withCommon(root.command('enqueue').description('hand a job in'))
    .argument('<queue>')
    .argument('<name>', 'name of the job, as its handler is called')
    .argument('[json]', 'its data')
    .option('--delay <duration>', 'wait so long before it is ready, such as 5s')
    .option('--id <id>', 'an id of your own: the same id with the same job is stored once')
    .option('--attempts <n>', 'deliveries that may be spent; 0 is no limit')
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

function withCommon(command: Command): Command {
  return command
    .option('--tenant <name>', 'whose; TIERCEL_TENANT, else dev')
    .option('--nats <url>', 'the NATS server; TIERCEL_NATS_URL, else nats://127.0.0.1:4222')
    .option('--namespace <name>', 'TIERCEL_NAMESPACE, else tiercel')
    .option('--json', 'the answer as JSON');
}

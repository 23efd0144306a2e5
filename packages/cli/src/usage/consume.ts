import { DEFAULTS } from '@tiercel/protocol';
import type { Command } from 'commander';
import { span } from '../measure.js';
import { examples } from './common.js';

const USAGE = '-e ENV -s HOST:PORT -q QUEUE [-m MAX_JOBS] [-d] (--handlers PATH... | --exec COMMAND...) [flags]';

const QUEUES = `
A job that failed waits on QUEUE_errors for its next attempt, one that was given up is on QUEUE_dead, and what is no job is on QUEUE_quarantine.
docs/from-kestrel.md tells how it differs from the consumer of the article.`;

export function usage(command: Command): void {
  command
    .description('Perform the jobs of a queue of a Kestrel server, or of one that speaks like it. It takes no NATS and no broker.')
    .usage(USAGE)
    .option('-e, --env <env>', 'what the command is told as -e, and handlers as TIERCEL_ENV')
    .option('-s, --server <host:port>', 'the server; port 22133 without one')
    .option('-q, --queue <queue>', 'as the server calls it')
    .option('-m, --max-jobs <n>', 'end after so many jobs; 0, the default, is no end')
    .option('-d, --debug', 'say on stdout when there is nothing to do, and count jobs')
    .option('--handlers <path...>', 'files or folders with handlers; TIERCEL_HANDLERS')
    .option('--exec <command...>', 'run this for each job: COMMAND -e ENV -i INSTANCE -j NAME [BASE64_JSON]; 0 is done')
    .option('--namespace <name>', 'read NAME_QUEUE, as the classes of the article name it')
    .option('--attempts <n>', `attempts that a job has, 0 is no limit; by default what its handler says, else ${DEFAULTS.attempts}`)
    .option(
      '--backoff <duration>',
      `longest wait before the first retry, doubled for each next; by default what its handler says, else ${span(DEFAULTS.backoffMs)}`,
    )
    .option(
      '--backoff-max <duration>',
      `longest wait before any retry; by default what its handler says, else ${span(DEFAULTS.backoffMaxMs)}`,
    )
    .option(
      '--timeout <duration>',
      `how long one attempt may run; by default what its handler says, else ${span(DEFAULTS.timeoutMs)}`,
    )
    .option('--child-env <name...>', 'variables that jobs see, besides PATH, HOME, TZ and LANG; TIERCEL_CHILD_ENV')
    .option('--drain <duration>', 'how long the job that runs may go on when this is told to end; 20s by default')
    .option('--log-level <level>', 'debug, info, warn or error; info by default')
    .option('--log-format <format>', 'how log lines on stderr look: auto, json, pretty or story')
    .option('--health-port <port>', 'for /livez, /readyz and /metrics')
    .addHelpText('after', `${QUEUES}\n\nEnds with 0, also when it was told to end, and with 1 when it was called wrongly.`)
    .showHelpAfterError(`Usage: tiercel consume ${USAGE}`)
    .action(async (flags) => (await import('../commands/consume.js')).consume(flags, (fault) => command.error(fault)));
  examples(command, [
    'consume -e dev -s 127.0.0.1:22133 -q enterprise_hello_world -m 100 -d --exec ./bin/ecli.php',
    'consume -e dev -s 127.0.0.1:22133 -q hello_world --namespace enterprise --handlers dist/jobs --attempts 3',
  ]);
}

import { DEFAULTS, LIMITS } from '@tiercel/protocol';
import type { Command } from 'commander';
import { span } from '../measure.js';
import { examples, withCommon } from './common.js';

/** Unless `--handlers` names it. */
const DEFINED = `
What defineJob says of a job (attempts, backoff, timeout, lease, priority) is for the producer that enqueues it, and this command does not
know it: give it here, or name the module that defines the job with --handlers. Otherwise the defaults above hold.`;

export function usage(command: Command): void {
  command
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
    .action(async (queue, name, json, flags) => (await import('../commands/enqueue.js')).enqueue(queue, name, json, flags));
  examples(withCommon(command), [
    `enqueue mail Welcome '{"to":"ann@example.org"}'`,
    `enqueue mail Welcome '{"to":"ann@example.org"}' --id welcome-42 --delay 5m --attempts 3`,
    'enqueue reports Monthly --at 2030-01-31T08:00:00Z --priority 9 --json',
  ]);
}

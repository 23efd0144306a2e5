import { STATES } from '@tiercel/protocol';
import type { Command } from 'commander';
import { examples, withCommon, withLimit } from './common.js';

const load = () => import('../commands/job.js');

export function usage(job: Command): void {
  job.description('Look at jobs, and change what becomes of them.');
  examples(withCommon(job.command('show').argument('<id>').description('all there is to know')), ['job show welcome-42']).action(
    async (id, flags) => (await load()).show(id, flags),
  );

  const ls = job
    .command('ls')
    .description('the jobs of a state')
    .option('--state <state>', `one of ${STATES.join(', ')}; leased by default`)
    .option('--queue <name>', 'of one queue');
  examples(withCommon(withLimit(ls)), ['job ls', 'job ls --state scheduled --queue mail --limit 10']).action(async (flags) =>
    (await load()).ls(flags),
  );

  examples(
    withCommon(
      job
        .command('wait')
        .argument('<id>')
        .description('wait until it has ended, and print its result')
        .option('--timeout <duration>', 'how long to wait; 1m by default'),
    ),
    ['job wait welcome-42', 'job wait welcome-42 --timeout 10m --json'],
  )
    .addHelpText(
      'after',
      '\nEnds with 0 when the job is completed, with 1 when it ended otherwise, and with 5 when it has not ended in time.',
    )
    .action(async (id, flags) => (await load()).wait(id, flags));

  examples(withCommon(job.command('retry').argument('<id...>').description('put dead ones back, as `tiercel dead revive` does')), [
    'job retry welcome-42',
  ]).action(async (ids, flags) => (await import('../commands/dead.js')).revive(ids, flags));

  examples(withCommon(job.command('cancel').argument('<id...>').description('take it back, or ask it to stop')), [
    'job cancel welcome-42',
  ]).action(async (ids, flags) => (await load()).cancel(ids, flags));
}

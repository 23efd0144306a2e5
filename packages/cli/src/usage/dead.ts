import type { Command } from 'commander';
import { examples, withCommon, withLimit, withYes } from './common.js';

const load = () => import('../commands/dead.js');

export function usage(dead: Command): void {
  dead.description('Jobs that were given up, until they are put back or forgotten.');
  const ls = withLimit(dead.command('ls').description('oldest first').option('--queue <name>', 'of one queue'));
  examples(withCommon(ls), ['dead ls', 'dead ls --queue mail --limit 10 --json']).action(async (flags) => (await load()).ls(flags));

  const revive = dead
    .command('revive')
    .argument('[id...]')
    .description('put them back, with a new allowance of attempts')
    .option('--all', 'every one there is, of the queue or the tenant; at most 10000')
    .option('--queue <name>', 'with --all: of one queue');
  examples(withCommon(revive), ['dead revive welcome-42', 'dead revive --all --queue mail']).action(async (ids, flags) =>
    (await load()).reviveThose(ids, flags),
  );

  const forget = withYes(dead.command('forget').argument('<id...>').description('forget those named; of several it asks'));
  examples(withCommon(forget), ['dead forget welcome-42', 'dead forget welcome-42 welcome-43 --yes']).action(async (ids, flags) =>
    (await load()).forget(ids, flags),
  );

  const flush = withYes(dead.command('flush').description('forget them all').option('--queue <name>', 'of one queue'));
  examples(withCommon(flush), ['dead flush', 'dead flush --queue mail --yes']).action(async (flags) => (await load()).flush(flags));
}

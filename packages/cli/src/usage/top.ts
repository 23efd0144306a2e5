import type { Command } from 'commander';
import { examples, withCommon } from './common.js';

export function usage(command: Command): void {
  command.option('--once', 'print one picture and end, as it does where there is no terminal');
  examples(withCommon(command), ['top', 'top --tenant acme', 'top --once --json'])
    .addHelpText('after', '\nq ends it. Rates are of the last second.')
    .action(async (flags) => (await import('../commands/top.js')).top(flags));
}

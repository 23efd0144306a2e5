import type { Command } from 'commander';
import { examples } from './common.js';

export function usage(command: Command): void {
  examples(command, ['init my-jobs', 'init my-jobs --packages ../tiercel/packed'])
    .argument('[folder]', 'made if it is not there; this one by default')
    .option(
      '--packages <folder>',
      'install Tiercel from the tarballs in this folder, as `npm pack` makes them, and not from a registry',
    )
    .option('--json', 'the answer as JSON, and an error as JSON on stderr')
    .action(async (folder, flags) => (await import('../commands/init.js')).init(folder, flags));
}

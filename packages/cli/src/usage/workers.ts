import type { Command } from 'commander';
import { examples, withCommon } from './common.js';

export function usage(command: Command): void {
  examples(withCommon(command), ['workers', 'workers --json'])
    .addHelpText(
      'after',
      `
Who lives is heard on tiercel.NAMESPACE._sys.presence, which the credential of a tenant may not hear: then only those are shown that hold
jobs of the tenant. Names of jobs are always those of the tenant alone.`,
    )
    .action(async (flags) => (await import('../commands/workers.js')).workers(flags));
}

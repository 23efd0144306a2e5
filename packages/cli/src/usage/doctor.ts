import type { Command } from 'commander';
import { examples, withCommon } from './common.js';

export function usage(command: Command): void {
  command.option('--strict', 'end with 1 for a warning, too');
  examples(withCommon(command), ['doctor', 'doctor --tenant acme --strict', 'doctor --json'])
    .addHelpText(
      'after',
      '\nEnds with 0 when nothing failed, with 5 when NATS or a broker cannot be reached, with 4 when access is denied, else with 1.',
    )
    .action(async (flags) => (await import('../commands/doctor.js')).doctor(flags));
}

import { EXIT, exitCodeOf, explain } from '@tiercel/host';
import { Command, CommanderError } from 'commander';
import { program } from './program.js';

/** Runs the command line. Sets the exit code and returns when the command is over; errors are one line on stderr. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program(new Command()).parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else {
      process.stderr.write(`${explain(error)}\n`);
      process.exitCode = exitCodeOf(error);
    }
  }
}

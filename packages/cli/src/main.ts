import { EXIT, exitCodeOf, explain, hideSecrets } from '@tiercel/host';
import { asTiercelError, TiercelError } from '@tiercel/protocol';
import { Command, CommanderError } from 'commander';
import { program } from './program.js';

/** Runs the command line. Sets the exit code and returns when the command is over; errors are one line on stderr, with `--json` of JSON. */
export async function main(argv: readonly string[]): Promise<void> {
  const asJson = argv.includes('--json');
  const complain = (error: unknown) => process.stderr.write(`${asJson ? errorAsJson(error) : explain(error)}\n`);
  try {
    await program(quiet(new Command(), asJson)).parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      complain(error);
      process.exitCode = exitCodeOf(error);
    } else if (error.exitCode === 0) process.exitCode = EXIT.ok;
    else {
      // for people it has said so itself
      if (asJson) complain(new TiercelError('BAD_OPTION', { reason: error.message.replace(/^error: /, '') }));
      process.exitCode = EXIT.usage;
    }
  }
}

const quiet = (root: Command, asJson: boolean): Command => (asJson ? root.configureOutput({ writeErr: () => {} }) : root);

/** `{"error":{"code","message","facts"}}`, for programs. */
function errorAsJson(error: unknown): string {
  const { code, facts } = asTiercelError(error);
  const message = explain(error).slice(`${code}: `.length);
  return hideSecrets(JSON.stringify({ error: { code, message, facts } }));
}

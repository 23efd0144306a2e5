import { Command, CommanderError } from 'commander';
import { COMMANDS, program } from './program.js';

/** Where wrong usage does not end with 2: what this one takes the place of ends with 1. */
const USAGE_ENDS: Readonly<Record<string, number>> = { consume: 1 };

/** Runs the command line. Sets the exit code and returns when the command is over; errors are one line on stderr, with `--json` of JSON. */
export async function main(argv: readonly string[]): Promise<void> {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv.length === 0 ? ['--help'] : argv;
  const [first = ''] = words;
  const asJson = words.includes('--json');
  process.stdout.on('error', (error) => void endUnread(error, asJson));
  process.stderr.on('error', () => {}); // nobody is left who could be told
  try {
    const root = await program(quiet(new Command(), asJson), [first]);
    // with --help behind it, a name that nobody knows would be told nothing
    await root.parseAsync(isUnknown(first) ? [first] : words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) await usageFault(error, asJson, USAGE_ENDS[first]);
    else await complain(error, asJson);
  }
}

const isUnknown = (first: string): boolean => !first.startsWith('-') && !COMMANDS.includes(first);

async function complain(error: unknown, asJson: boolean): Promise<void> {
  const { exitCodeOf, explain } = await import('@tiercel/host');
  const { errorAsJson } = await import('./error-json.js');
  process.stderr.write(`${asJson ? errorAsJson(error) : explain(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

/** What the parser of the arguments refused; for people it has said so itself. */
async function usageFault({ exitCode, code, message }: CommanderError, asJson: boolean, end = 2): Promise<void> {
  if (exitCode === 0) return;
  process.exitCode = end;
  if (!asJson) return;
  const { TiercelError } = await import('@tiercel/protocol');
  const reason = code === 'commander.help' ? 'a subcommand is missing' : message.replace(/^error: /, '').replaceAll('\n', ' ');
  await complain(new TiercelError('BAD_OPTION', { reason }), asJson);
}

const quiet = (root: Command, asJson: boolean): Command => (asJson ? root.configureOutput({ writeErr: () => {} }) : root);

/** `tiercel queue ls | head -1`: whoever read has seen enough. Or the disk that it goes to is full. */
async function endUnread(error: NodeJS.ErrnoException, asJson: boolean): Promise<void> {
  if (process.stdout.listenerCount('error') > 1) return; // a service runs, which hears of it too and ends in order
  if (error.code !== 'EPIPE') await complain(error, asJson);
  process.exit();
}

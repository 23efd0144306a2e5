import { readFileSync } from 'node:fs';
import type { Command } from 'commander';

/** A command as the help lists it. How it is called, and all that it needs, is loaded when it is asked for. */
interface Entry {
  readonly name: string;
  readonly group: string;
  /** Its arguments, as the list shows them. */
  readonly takes: string;
  readonly about: string;
  readonly load: () => Promise<{ readonly usage: (command: Command) => void }>;
}

const BEGIN = 'Begin:';
const JOBS = 'Jobs:';
const OPERATE = 'Operate:';
const MORE = 'More:';

const ENTRIES: readonly Entry[] = [
  entry('init', BEGIN, '[folder]', 'make a project: a typed job, its test, a consumer', () => import('./usage/init.js')),
  entry('dev', BEGIN, '', 'run everything on this machine', () => import('./usage/dev.js')),
  entry(
    'start',
    BEGIN,
    '<service>',
    'run one service: producer, broker-adapter, consumer, supervisor',
    () => import('./usage/start.js'),
  ),
  entry('consume', BEGIN, '', 'perform the jobs of a Kestrel server', () => import('./usage/consume.js')),
  entry('enqueue', JOBS, '<queue> <name> [json]', 'hand a job in', () => import('./usage/enqueue.js')),
  entry('job', JOBS, '', 'one job: show, wait, retry, cancel; or ls, those of a state', () => import('./usage/job.js')),
  entry('dead', JOBS, '', 'dead letters: ls, revive, forget, flush', () => import('./usage/dead.js')),
  entry('queue', JOBS, '', 'queues: ls, stats, peek, pause, resume, set, purge', () => import('./usage/queue.js')),
  entry('top', OPERATE, '', 'what happens now, second by second', () => import('./usage/top.js')),
  entry('workers', OPERATE, '', 'who is alive, and which jobs each holds', () => import('./usage/workers.js')),
  entry('doctor', OPERATE, '', 'what is wrong with an installation, and what mends it', () => import('./usage/doctor.js')),
  entry('token', MORE, '', 'who may use the HTTP door: create', () => import('./usage/token.js')),
  entry('completion', MORE, '<shell>', 'what a shell needs to complete commands', () => import('./usage/completion.js')),
];

const EXAMPLES = `
Examples:
  tiercel dev --demo
  tiercel enqueue hello_world HelloWorld '{"foo":"bar"}' --delay 5s
  tiercel queue stats hello_world
  tiercel help queue purge

Exit codes: 0 done, 1 failure, 2 usage, 3 no such job, 4 refused, 5 unavailable now. With --json answers and errors are JSON.`;

export const COMMANDS: readonly string[] = ENTRIES.map(({ name }) => name);

/** The command line, with all there is to know of the named commands; of the others only what the help lists. */
export async function program(root: Command, named: readonly string[]): Promise<Command> {
  root
    .name('tiercel')
    .usage('COMMAND [flags]')
    .description('A distributed, actor-style job runtime')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or what a command takes')
    .configureHelp({ subcommandTerm, styleTitle: bold })
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);
  for (const { name, group, about, takes, load } of ENTRIES) {
    const command = root.command(name).description(about).helpGroup(group).helpCommand(false);
    if (named.includes(name)) (await load()).usage(command);
    else if (takes) command.arguments(takes);
  }
  root.command('help').argument('[command...]').description('the same as COMMAND --help').helpGroup(MORE);
  return root.helpCommand(false);
}

function entry(name: string, group: string, takes: string, about: string, load: Entry['load']): Entry {
  return { name, group, takes, about, load };
}

/** `show ID...`: as one types it. */
function subcommandTerm(command: Command): string {
  const { registeredArguments } = command;
  const words = registeredArguments.map((argument) => {
    const word = `${argument.name().toUpperCase()}${argument.variadic ? '...' : ''}`;
    return argument.required ? word : `[${word}]`;
  });
  return [command.name(), ...words].join(' ');
}

/** Taken away again where there are no colours. */
const bold = (title: string): string => `\u001b[1m${title}\u001b[22m`;

const version = (): string => JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

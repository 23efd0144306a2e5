import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS, program } from './program.js';

const REFERENCE = join(import.meta.dirname, '../../../docs/cli-reference.md');
const ALL = await program(new Command(), COMMANDS);

/** The help of a command and of those below it, each under its own heading. */
function helpOf(command: Command, path: readonly string[]): string[] {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 100, getOutHasColors: () => false });
  command.outputHelp();
  return [
    `## ${path.join(' ')}\n\n\`\`\`text\n${text}\`\`\`\n`,
    ...command.commands.flatMap((each) => helpOf(each, [...path, each.name()])),
  ];
}

test('docs/cli-reference.md is what --help says', async () => {
  const head = '# Every command\n\nWhat `--help` prints. [cli.md](cli.md) tells what it is for.\n';

  await expect([head, ...helpOf(ALL, ['tiercel'])].join('\n')).toMatchFileSnapshot(REFERENCE);
});

test('every command that asks an installation takes the same flags, and each has an example', () => {
  const leaves = (command: Command): Command[] => (command.commands.length > 0 ? command.commands.flatMap(leaves) : [command]);
  const local = ['init', 'dev', 'start', 'consume', 'token', 'completion', 'help'];
  const asking = ALL.commands.filter((each) => !local.includes(each.name())).flatMap(leaves);

  for (const command of asking) {
    const flags = command.options.map(({ long }) => long);
    expect([command.name(), flags]).toEqual([
      command.name(),
      expect.arrayContaining(['--tenant', '--nats', '--namespace', '--json']),
    ]);
    expect(helpOf(command, [])[0]).toContain(
      `Examples:\n  tiercel ${command.parent === ALL ? '' : `${command.parent?.name()} `}${command.name()}`,
    );
  }
  expect(asking.length).toBeGreaterThan(15);
});

test('what no one names is not loaded', async () => {
  const root = await program(new Command(), ['queue']);
  const options = (name: string) => root.commands.find((each) => each.name() === name)?.commands.length;

  expect([options('queue'), options('dead')]).toEqual([7, 0]);
});

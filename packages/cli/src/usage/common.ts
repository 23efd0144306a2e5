import type { Command } from 'commander';

/** Whose jobs, where they are, and how to answer. */
export function withCommon(command: Command): Command {
  return command
    .optionsGroup('Whose, where and how:')
    .option('--tenant <name>', 'whose; TIERCEL_TENANT, else dev')
    .option(
      '--nats <url>',
      'the NATS server; TIERCEL_NATS_URL, else that of `tiercel dev` in this folder, else nats://127.0.0.1:4222',
    )
    .option('--socket <path>', 'a Unix socket instead; TIERCEL_SOCKET, else that of `tiercel dev` or a program in this folder')
    .option('--namespace <name>', 'TIERCEL_NAMESPACE, else tiercel')
    .option('--json', 'the answer as JSON, and an error as JSON on stderr')
    .optionsGroup('');
}

/** Before what {@link withCommon} adds. */
export const withYes = (command: Command): Command => command.option('--yes', 'do it without asking');

export const withLimit = (command: Command): Command => command.option('--limit <n>', 'at most so many; 100 by default');

/** Below the help. */
export const examples = (command: Command, lines: readonly string[]): Command =>
  command.addHelpText('after', ['\nExamples:', ...lines.map((line) => `  tiercel ${line}`)].join('\n'));

import type { Command } from 'commander';
import { examples } from './common.js';

export function usage(token: Command): void {
  token.description('Who may use the HTTP door.');
  examples(token.command('create').description('make a token and print it, once: the file keeps its hash'), [
    'token create --tenant acme --role produce --file tokens.json',
  ])
    .requiredOption('--tenant <name>', 'whose jobs it reaches; * is all tenants, for operators')
    .requiredOption('--role <role>', 'produce, read or operate')
    .requiredOption('--file <path>', 'what --http-tokens names; made when it is not there')
    .option('--json', 'the answer as JSON, and an error as JSON on stderr')
    .action(async (flags) => (await import('../commands/token.js')).create(flags));
}

import type { Command } from 'commander';
import { examples } from './common.js';

export function usage(command: Command): void {
  examples(command, [])
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      [
        '  bash   source <(tiercel completion bash)                                # in ~/.bashrc',
        '  zsh    source <(tiercel completion zsh)                                 # in ~/.zshrc, after compinit',
        '  fish   tiercel completion fish > ~/.config/fish/completions/tiercel.fish',
      ].join('\n'),
    )
    .action(async (shell) => (await import('../commands/completion.js')).completion(shell));
}

import type { Command } from 'commander';
import { examples } from './common.js';

export function usage(command: Command): void {
  command.description(`${command.description()}; \`tiercel start SERVICE --help\` lists its flags`);
  examples(command, [
    'start broker-adapter --store redis://127.0.0.1',
    'start consumer --handlers dist/jobs --concurrency 20',
    'start consumer --help',
  ])
    .argument('<service>')
    .argument('[flags...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (service, flags, _options, own) => {
      if (service === '--help' || service === '-h') own.help();
      await (await import('../commands/start.js')).start(service, flags);
    });
}

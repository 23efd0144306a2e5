import type { Command } from 'commander';
import { examples } from './common.js';

export function usage(command: Command): void {
  examples(command, ['dev --demo', 'dev --handlers dist/jobs --consumers 2', 'dev --single'])
    .option('--demo', 'enqueue the HelloWorld jobs and show what became of them')
    .option('--once', 'end when the demo is over, which it implies')
    .option('--single', 'everything in one process')
    .addOption(command.createOption('--announced', 'do not say how it runs; npm start has said it').hideHelp())
    .option('--handlers <path...>', 'files or folders with handlers')
    .option('--concurrency <n>', 'jobs that a consumer performs at once')
    .option('--consumers <n>', 'consumer processes')
    .option('--brokers <n>', 'broker-adapter processes')
    .option('--nats <url>', 'a NATS server that runs already')
    .option('--store <url>', 'redis://host:port, lmdb:PATH, kestrel://host:port or memory:')
    .option('--namespace <name>', 'prefix of every subject and key')
    .option('--http <port>', 'the HTTP door on this port, for this machine alone')
    .option('--kestrel [address]', 'the Kestrel door on HOST:PORT, HOST or PORT; 127.0.0.1:22133 without one')
    .option('--kestrel-tenant <name>', 'the only tenant of that door; without it items say whose they are')
    .option('--kestrel-text [address]', 'its line protocol too; 127.0.0.1:2222 without an address')
    .option('--kestrel-admin [address]', 'its HTTP admin too; 127.0.0.1:2223 without an address')
    .action(async (flags) => (await import('../commands/dev.js')).dev(flags));
}

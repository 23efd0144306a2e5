import { PURGE_STATES, SETTINGS } from '@tiercel/protocol';
import type { Command } from 'commander';
import { examples, withCommon, withYes } from './common.js';

const load = () => import('../commands/queue.js');

const NAMES = `
Settings: ${SETTINGS.join(', ')}. Times are written 30s or 1500 (milliseconds), sizes 64KiB or 65536 (bytes); NAME= takes one
back. What a queue does not say its tenant says. docs/protocol.md tells what each does.`;

export function usage(queue: Command): void {
  queue.description('Look at queues, and change what they hand out.');
  examples(withCommon(queue.command('ls').description('what is in each')), ['queue ls', 'queue ls --tenant acme --json']).action(
    async (flags) => (await load()).ls(flags),
  );

  examples(
    withCommon(
      queue
        .command('stats')
        .argument('[queue]')
        .description('depths, bytes, age, and what happened so far, by the name of the job'),
    ),
    ['queue stats', 'queue stats mail'],
  ).action(async (name, flags) => (await load()).stats(name, flags));

  examples(
    withCommon(
      queue
        .command('peek')
        .argument('<queue>')
        .description('the jobs that are handed out next; they stay where they are')
        .option('--count <n>', 'so many, at most 100; 1 by default'),
    ),
    ['queue peek mail', 'queue peek mail --count 5 --json'],
  ).action(async (name, flags) => (await load()).peek(name, flags));

  for (const [verb, about] of [
    ['pause', 'hand out nothing more; what runs goes on'],
    ['resume', 'take that back'],
  ] as const) {
    examples(withCommon(queue.command(verb).argument('[queue]').description(about).option('--all', 'the whole tenant')), [
      `queue ${verb} mail`,
      `queue ${verb} --all --tenant acme`,
    ]).action(async (name, flags) => (await load())[verb](name, flags));
  }

  examples(
    withCommon(
      queue
        .command('set')
        .argument('[queue]')
        .argument('[settings...]', 'NAME=VALUE')
        .description('its settings: change them, or show those that are set')
        .option('--all', 'of all queues of the tenant that do not say otherwise'),
    ),
    ['queue set', 'queue set mail attempts=3 leaseMs=1m maxItems=10000', 'queue set mail attempts=', 'queue set --all deadMs=7d'],
  )
    .addHelpText('after', NAMES)
    .action(async (name, settings, flags) => (await load()).set(name, settings, flags));

  const purge = queue
    .command('purge')
    .argument('[queue]')
    .description('forget jobs of a queue; those that run stay')
    .option('--state <state...>', `of ${PURGE_STATES.slice(0, -1).join(', ')}; what waits, ready and scheduled, by default`)
    .option('--quarantined', 'instead, records of the tenant that cannot be trusted');
  examples(withCommon(withYes(purge)), ['queue purge mail', 'queue purge mail --state completed dead --yes']).action(
    async (name, flags) => (await load()).purge(name, flags),
  );
}

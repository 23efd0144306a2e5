import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from '@tiercel/test-support';
import { type Place, run } from './run.js';

/** `set:TEXT`, or `get:` and options, as all of them write them: `get:/close/open/t=500`. */
type Step = `set:${string}` | `get:${string}`;

/** A client that others wrote. */
export interface ForeignClient {
  readonly name: string;
  /** Finds or installs what it takes. Throws one line that says what is missing. */
  prepare(): void;
  /** Takes the steps on one connection, in a process of its own, which then ends. Returns the items that it got. */
  take(place: Place, queue: string, ...steps: Step[]): Promise<string[]>;
}

const CLIENTS = join(import.meta.dirname, '../clients');
const hasMemcached = (php: string): boolean => /^memcached$/m.test(execFileSync(php, ['-m'], { encoding: 'utf8' }));
export const php = (): string => tool('php', ['php-cli', 'php-memcached'], hasMemcached);

/** One that is a script of ours around a library of theirs. */
const script = (name: string, file: string, interpreter: () => string): ForeignClient => ({
  name,
  prepare: () => void interpreter(),
  async take({ host, port }, queue, ...steps) {
    const { stdout } = await run(interpreter(), [join(CLIENTS, file), host, `${port}`, queue, ...steps]);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as string);
  },
});

/** Theirs alone: `memccp` stores a file under its name, `memccat` gets one key after the other. */
const tools: ForeignClient = {
  name: 'libmemcached-tools',
  prepare() {
    for (const each of ['memccp', 'memccat']) tool(each, ['libmemcached-tools']);
  },
  async take({ host, port, folder }, queue, ...steps) {
    const servers = `--servers=${host}:${port}`;
    const sets = steps.filter((step) => step.startsWith('set:')).map((step) => step.slice('set:'.length));
    for (const text of sets) {
      writeFileSync(join(folder, queue), text);
      await run('memccp', [servers, join(folder, queue)]);
      rmSync(join(folder, queue));
    }
    const keys = steps.filter((step) => step.startsWith('get:')).map((step) => queue + step.slice('get:'.length));
    // it ends with 1 when it found nothing last
    const { stdout } = await run('memccat', [servers, ...keys], [0, 1]);
    return stdout.split('\n').filter(Boolean);
  },
};

export const FOREIGN_CLIENTS: readonly ForeignClient[] = [
  script('the memcached extension of PHP', 'memcached.php', php),
  script('memcached of npm', 'memcached.mjs', () => process.execPath),
  script('kestrel of npm', 'kestrel.mjs', () => process.execPath),
  tools,
];

/** The producer and the consumer of a PHP application. */
export const article = {
  produce: ({ host, port }: Place, queue: string, ...job: string[]) =>
    run(php(), [join(CLIENTS, 'article.php'), host, `${port}`, queue, 'produce', ...job]),
  consume: async ({ host, port }: Place, queue: string, most: number) =>
    (await run(php(), [join(CLIENTS, 'article.php'), host, `${port}`, queue, 'consume', `${most}`])).stdout.trim().split('\n'),
};

import { fileURLToPath } from 'node:url';
import type { HandlerTable } from '@tiercel/worker';
import type { Item } from './item.js';

/** How jobs are performed: by handlers, or by a command each. */
export interface Work {
  readonly handlers: HandlerTable;
  /** Of the process in which they run. */
  readonly children: { readonly paths: readonly string[]; readonly env: Readonly<Record<string, string | undefined>> };
  /** What the handler of that name is given. */
  jobOf(item: Item): { readonly name: string /** JSON. */; readonly payload: string };
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Handlers by job name. All of them run in processes of their own, also those that would not have to: a server that counts nothing hands a job that ends its
 * consumer straight to the next one, and so on for ever.
 */
export function handlerWork(handlers: HandlerTable, paths: readonly string[], env: Env): Work {
  const apart = Array.from(handlers, ([name, handler]) => [name, { ...handler, isolation: 'process' as const }] as const);
  return {
    handlers: new Map(apart),
    children: { paths, env },
    jobOf: ({ name, data = 'null' }) => ({ name, payload: data }),
  };
}

/** Name of the handler in `command-handler.ts`. */
export const COMMAND = 'command';

/** A command for every job, called as the article does: `COMMAND -e ENV -i INSTANCE -j NAME [BASE64_JSON]`. No shell reads any of it. */
export function commandWork(command: readonly string[], environment: string, env: Env): Work {
  const refused = () => Promise.reject(new Error('it runs in a process of its own'));
  return {
    handlers: new Map([[COMMAND, { name: COMMAND, isolation: 'process', run: refused }]]),
    children: { paths: [fileURLToPath(new URL('./command-handler.js', import.meta.url))], env },
    jobOf: ({ instance, name, data }) => {
      const argument = data === undefined ? [] : [Buffer.from(data).toString('base64')];
      const vector = [...command, '-e', environment, '-i', instance, '-j', name, ...argument];
      return { name: COMMAND, payload: JSON.stringify(vector) };
    },
  };
}

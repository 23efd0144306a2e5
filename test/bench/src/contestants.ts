import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contestant } from './contestant.js';

/** In the order of the table. */
export const CONTESTANTS = [
  'tiercel',
  'bullmq',
  'bee-queue',
  'graphile-worker',
  'pg-boss',
  'jetstream',
  'beanstalkd',
  'rabbitmq',
  'bare',
  'embedded',
] as const;
/** Whom `--quick` measures: those that need no other servers. */
export const USUAL_CONTESTANTS = ['tiercel', 'bullmq', 'bee-queue', 'bare'] as const;
/** What the others are compared with. */
export const REFERENCES = ['bullmq', 'bare'] as const;

/** Whether it is a path of a module rather than a name. */
export const isPath = (contestant: string): boolean => /[/\\.]/.test(contestant);

/** A contestant by its name, or by the path of its module. */
export async function loadContestant(contestant: string): Promise<Contestant> {
  const url = isPath(contestant)
    ? pathToFileURL(resolve(contestant)).href
    : new URL(`./contestants/${contestant}.js`, import.meta.url).href;
  const module = (await import(url)) as { default: Contestant };
  return module.default;
}

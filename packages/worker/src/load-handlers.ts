import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TiercelError } from '@tiercel/protocol';
import type { Handler, HandlerTable } from './handlers.js';
import { handlerOf, isJobExport, type JobExport } from './job-export.js';
import { reasonOf } from './outcome.js';

/**
 * The handlers that modules export: each path is a module, or a directory whose `*.mjs` and `*.js` files are taken in order of name.
 * A job is any export, or member of a default-exported array or object, that `defineJob` made. Throws HANDLERS_NOT_LOADED naming every
 * fault at once: a module that does not load or holds no job, and two jobs with one name.
 */
export async function loadHandlers(paths: readonly string[]): Promise<HandlerTable> {
  const table = new Map<string, Handler>();
  const faults: string[] = [];
  for (const path of paths) {
    for (const file of await filesOf(path, faults)) {
      for (const job of await jobsOf(file, faults)) {
        if (table.has(job.name)) faults.push(`${file}: a second job is named ${job.name}`);
        else table.set(job.name, handlerOf(job));
      }
    }
  }
  if (faults.length > 0) throw new TiercelError('HANDLERS_NOT_LOADED', { faults: faults.join('; ') });
  return table;
}

async function filesOf(path: string, faults: string[]): Promise<string[]> {
  const full = resolve(path);
  try {
    if (!(await stat(full)).isDirectory()) return [full];
    const names = (await readdir(full)).filter((name) => /\.m?js$/.test(name)).sort();
    if (names.length === 0) faults.push(`${full}: holds no *.mjs or *.js file`);
    return names.map((name) => join(full, name));
  } catch (error) {
    faults.push(`${full}: ${reasonOf(error)}`);
    return [];
  }
}

async function jobsOf(file: string, faults: string[]): Promise<JobExport[]> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href);
    const jobs = new Set([...Object.values(module), ...membersOf(module.default)].filter(isJobExport));
    if (jobs.size === 0) faults.push(`${file}: exports no job; make one with defineJob`);
    return [...jobs];
  } catch (error) {
    faults.push(`${file}: ${reasonOf(error)}`);
    return [];
  }
}

const membersOf = (exported: unknown): unknown[] =>
  typeof exported === 'object' && exported !== null && !isJobExport(exported) ? Object.values(exported) : [];

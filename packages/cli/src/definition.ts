import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JobOptions } from '@tiercel/client';
import { fail } from '@tiercel/protocol';
import { isJobExport, loadHandlers } from '@tiercel/worker';
import type { Job } from 'tiercel';

/**
 * How a handler module defines jobs of this name: attempts, backoff, timeout, lease and priority. Throws HANDLERS_NOT_LOADED, and
 * BAD_OPTION when it defines none of this name.
 */
export async function settingsOf(file: string, name: string): Promise<JobOptions> {
  await loadHandlers([file]); // says what is wrong with it
  const module: Record<string, unknown> = await import(pathToFileURL(resolve(file)).href);
  const exported = [...Object.values(module), ...Object.values(module.default ?? {})].filter(isJobExport);
  const job = exported.find((one) => one.name === name) as Job | undefined;
  if (!job) return fail('BAD_OPTION', { option: '--handlers', expected: `a file that defines the job ${name}`, got: file });
  const { queue: _queue, data: _data, isolation: _isolation, ...settings } = job.settings;
  return settings;
}

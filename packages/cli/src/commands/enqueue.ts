import type { Duration } from '@tiercel/protocol';
import { fail } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';
import { facts } from '../table.js';

export interface EnqueueFlags extends CommonFlags {
  readonly delay?: string;
  readonly id?: string;
  readonly attempts?: string;
}

export async function enqueue(queue: string, name: string, json: string | undefined, flags: EnqueueFlags): Promise<void> {
  const { delay, id, attempts, ...common } = flags;
  const request = {
    queue,
    name,
    data: readJson(json),
    ...(delay !== undefined && { delay: delay as Duration }),
    ...(id !== undefined && { id }),
    ...(attempts !== undefined && { attempts: readWhole('--attempts', attempts) }),
  };
  const done = await asTenant(common, async (tenant) => ({
    tenant: tenant.tenant,
    queue,
    name,
    ...(await tenant.enqueue(request)),
  }));
  print(common, done, () => facts({ ...done, duplicate: done.duplicate ? 'yes' : undefined }));
}

function readJson(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail('BAD_OPTION', { argument: 'JSON', expected: `a JSON text such as '{"foo":"bar"}'`, got: text.slice(0, 80) }, error);
  }
}

function readWhole(option: string, text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : fail('BAD_OPTION', { option, expected: 'a whole number', got: text.slice(0, 40) });
}

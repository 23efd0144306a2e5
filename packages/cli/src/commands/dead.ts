import type { TenantClient } from '@tiercel/client';
import { fail, type JobView } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';
import { jobAsJson } from '../readable.js';
import { table } from '../table.js';
import { changed } from './change.js';

export interface ListFlags extends CommonFlags {
  readonly queue?: string;
  readonly limit?: string;
}

const PAGE = 100;
const MOST = 10_000;

export async function ls({ queue = '', limit = String(PAGE), ...flags }: ListFlags): Promise<void> {
  const most = Number(limit);
  if (!(Number.isInteger(most) && most >= 1 && most <= MOST)) {
    fail('BAD_OPTION', { option: '--limit', expected: `a whole number from 1 to ${MOST}`, got: limit });
  }
  const jobs = await asTenant(flags, (tenant) => readPages(tenant, queue, most));
  const rows = jobs.map(({ id, queue, name, attempt, reason }) => [id, queue, name, attempt, reason.slice(0, 60)]);
  print(flags, jobs.map(jobAsJson), () => table(['id', 'queue', 'job', 'attempt', 'reason'], rows) || 'no dead letters');
}

export async function revive(id: string, flags: CommonFlags): Promise<void> {
  const verdicts = await asTenant(flags, (tenant) => tenant.revive([id]));
  changed(flags, id, verdicts, () => 'is ready again');
}

async function readPages(tenant: TenantClient, queue: string, most: number): Promise<JobView[]> {
  const found: JobView[] = [];
  for (let cursor = ''; found.length < most; ) {
    const page = await tenant.dead({ queue, cursor, limit: Math.min(PAGE, most - found.length) });
    found.push(...page.jobs);
    if (page.cursor === '') break;
    cursor = page.cursor;
  }
  return found;
}

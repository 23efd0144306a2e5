import { jobAsJson, type TenantClient } from '@tiercel/client';
import { fail, type JobView } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { print } from '../print.js';
import { type Cell, table } from '../table.js';
import { change } from './change.js';

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
  const [jobs, whose] = await asTenant(flags, async (tenant) => [await readPages(tenant, queue, most), tenant.tenant] as const);
  const none = `no dead letters of tenant ${whose}${queue && ` in queue ${queue}`}`;
  print(flags, jobs.map(jobAsJson), () => table(['id', 'queue', 'job', 'attempt', 'died', 'reason'], jobs.map(rowOf)) || none);
}

export async function revive(id: string, flags: CommonFlags): Promise<void> {
  await change(id, flags, {
    act: (tenant) => tenant.revive([id]),
    expected: 'dead: only dead letters can be revived; `tiercel dead ls` lists them',
    sentence: () => 'is ready again',
  });
}

const rowOf = ({ id, queue, name, attempt, atMs, reason }: JobView): Cell[] => [
  ...[id, queue, name, attempt],
  new Date(atMs).toISOString(),
  reason.slice(0, 60),
];

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

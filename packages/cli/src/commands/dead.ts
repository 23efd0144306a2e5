import { jobAsJson, type TenantClient } from '@tiercel/client';
import { fail, type JobView, LIMITS } from '@tiercel/protocol';
import { type ConfirmFlags, confirm } from '../confirm.js';
import { asTenant, type CommonFlags, tenantOf } from '../connection.js';
import { jobs as count } from '../measure.js';
import { MOST, type PageFlags, pagesOf } from '../pages.js';
import { print } from '../print.js';
import { type Cell, table } from '../table.js';
import { change } from './change.js';

export interface ListFlags extends CommonFlags, PageFlags {}

export interface ReviveFlags extends CommonFlags {
  readonly all?: boolean;
  readonly queue?: string;
}

export interface ForgetFlags extends CommonFlags, ConfirmFlags {}

export interface FlushFlags extends CommonFlags, ConfirmFlags {
  readonly queue?: string;
}

export async function ls({ queue, limit, ...flags }: ListFlags): Promise<void> {
  const read = pagesOf('dead', { queue, limit } as PageFlags);
  const [jobs, whose] = await asTenant(flags, async (tenant) => [await read(tenant), tenant.tenant] as const);
  const none = `no dead letters of ${place(whose, queue)}`;
  print(flags, jobs.map(jobAsJson), () => table(['id', 'queue', 'job', 'attempt', 'died', 'reason'], jobs.map(rowOf)) || none);
}

export async function revive(ids: readonly string[], flags: CommonFlags): Promise<void> {
  await change(ids, flags, {
    act: (tenant, all) => tenant.revive(all),
    expected: 'dead: only dead letters can be revived; `tiercel dead ls` lists them',
    sentence: () => 'is ready again',
  });
}

export async function forget(ids: readonly string[], { yes, ...flags }: ForgetFlags): Promise<void> {
  if (ids.length > 1) await confirm({ yes: yes === true }, `this forgets ${count(ids.length)} of tenant ${tenantOf(flags)}`);
  await change(ids, flags, {
    act: (tenant, all) => tenant.forget(all),
    expected: 'dead: only dead letters can be forgotten; `tiercel dead ls` lists them',
    sentence: () => 'is forgotten',
  });
}

/** Those named, or all that there are as it begins. */
export async function reviveThose(ids: readonly string[], { all, queue, ...flags }: ReviveFlags): Promise<void> {
  if (all ? ids.length > 0 : ids.length === 0 || queue !== undefined)
    fail('BAD_OPTION', {
      argument: 'ids',
      expected: 'ids of dead letters, or --all and perhaps --queue',
      got: ids.join(' ').slice(0, 80),
    });
  if (!all) return revive(ids, flags);
  const [revived, more, whose] = await asTenant(flags, (tenant) => reviveAll(tenant, queue), REVIVE_MS);
  print(flags, { revived, more }, () => `${count(revived)} of ${place(whose, queue)} ready again${more ? '; there are more' : ''}`);
}

export async function flush({ queue, yes, ...flags }: FlushFlags): Promise<void> {
  const { removed, more, whose } = await asTenant(flags, (tenant) => flushAs(tenant, queue, yes === true), FLUSH_MS);
  print(flags, { removed, more }, () => `${count(removed)} of ${place(whose, queue)} forgotten${more ? '; there are more' : ''}`);
}

async function flushAs(tenant: TenantClient, queue: string | undefined, yes: boolean) {
  const queues = (await tenant.queues()).filter(({ dead, queue: name }) => dead > 0 && name === (queue ?? name));
  const dead = queues.reduce((sum, each) => sum + each.dead, 0);
  if (dead > 0) await confirm({ yes }, `this forgets ${count(dead)}, all dead letters of ${place(tenant.tenant, queue)}`);
  let [removed, more] = [0, false];
  for (const each of queues) {
    const done = await tenant.purge({ queue: each.queue, states: ['dead'] });
    [removed, more] = [removed + done.removed, more || done.more];
  }
  return { removed, more, whose: tenant.tenant };
}

/** Someone may have to think before they say yes. */
const FLUSH_MS = 3_600_000;
const REVIVE_MS = 60_000;

const place = (tenant: string, queue: string | undefined): string =>
  queue ? `queue ${queue} of tenant ${tenant}` : `tenant ${tenant}`;

async function reviveAll(tenant: TenantClient, queue: string | undefined) {
  const found = await pagesOf('dead', { queue, limit: String(MOST) } as PageFlags)(tenant);
  let revived = 0;
  for (let from = 0; from < found.length; from += LIMITS.batchItems) {
    const verdicts = await tenant.revive(found.slice(from, from + LIMITS.batchItems).map(({ id }) => id));
    revived += verdicts.filter(({ code }) => code === 'OK').length;
  }
  return [revived, found.length === MOST, tenant.tenant] as const;
}

const rowOf = ({ id, queue, name, attempt, atMs, reason }: JobView): Cell[] => [
  ...[id, queue, name, attempt],
  new Date(atMs).toISOString(),
  reason.slice(0, 60),
];

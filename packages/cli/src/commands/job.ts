import { jobAsJson, type TenantClient, toJson } from '@tiercel/client';
import { codeOf, decodeData, fail, type JobState, type JobView, STATES, toMs } from '@tiercel/protocol';
import { asTenant, type CommonFlags } from '../connection.js';
import { age } from '../measure.js';
import { type PageFlags, pagesOf } from '../pages.js';
import { print } from '../print.js';
import { jobAsFacts } from '../readable.js';
import { type Cell, facts, table } from '../table.js';
import { change } from './change.js';

export interface ListFlags extends CommonFlags, PageFlags {
  readonly state?: string;
}

export interface WaitFlags extends CommonFlags {
  readonly timeout?: string;
}

const WAIT = '1m';
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** For the last answer, when the job's own time is over. */
const GRACE_MS = 5_000;

export async function show(id: string, flags: CommonFlags): Promise<void> {
  const find = async (as: TenantClient) => (await as.inspect(id)) ?? fail('NOT_FOUND', { id, tenant: as.tenant });
  const job = await asTenant(flags, find);
  print(flags, jobAsJson(job), () => facts(jobAsFacts(job)));
}

export async function ls({ state = 'leased', queue, limit, ...flags }: ListFlags): Promise<void> {
  if (!isState(state)) fail('BAD_OPTION', { option: '--state', expected: `one of ${STATES.join(', ')}`, got: state.slice(0, 40) });
  const read = pagesOf(state, { queue, limit } as PageFlags);
  const [jobs, whose] = await asTenant(flags, async (tenant) => [await read(tenant), tenant.tenant] as const);
  const none = `no ${state} jobs of tenant ${whose}${queue ? ` in queue ${queue}` : ''}`;
  print(flags, jobs.map(jobAsJson), () => table(['id', 'queue', 'job', 'attempt', 'at', 'owner'], jobs.map(rowOf)) || none);
}

/** Prints the result. Throws NO_ANSWER when the time is over, JOB_FAILED when the job ended otherwise than completed. */
export async function wait(id: string, { timeout = WAIT, ...flags }: WaitFlags): Promise<void> {
  const timeoutMs = toMs('--timeout', timeout, LONGEST_WAIT_MS);
  const job = await asTenant(flags, (tenant) => ended(tenant, id, timeoutMs), timeoutMs + 2 * GRACE_MS);
  const { state, reason, tenant } = job;
  if (state !== 'completed') fail('JOB_FAILED', { id, tenant, state, reason });
  print(flags, jobAsJson(job), () => (job.result ? toJson(decodeData(job.result)) : 'completed'));
}

export async function cancel(ids: readonly string[], flags: CommonFlags): Promise<void> {
  await change(ids, flags, {
    act: (tenant, all) => tenant.cancel(all),
    expected: 'ready, scheduled or leased: a job that has ended cannot be cancelled',
    sentence: ({ state }) => (state === 'leased' ? 'runs now and was asked to stop' : 'is cancelled'),
  });
}

/** One that has not ended in time is told from a broker that does not answer. */
async function ended(tenant: TenantClient, id: string, timeoutMs: number): Promise<JobView> {
  try {
    return await tenant.wait(id, { timeoutMs });
  } catch (error) {
    const job = codeOf(error) === 'NO_ANSWER' ? await tenant.find(id).catch(() => null) : null;
    if (job === null) throw error;
    const { state, attempt } = job;
    return fail('NO_ANSWER', { id, state, attempt, remedy: `job ${id} has not ended after ${age(timeoutMs)}; it is ${state}` });
  }
}

const isState = (text: string): text is JobState => STATES.includes(text as JobState);

function rowOf(job: JobView): Cell[] {
  const { id, queue, name, attempt, owner } = job;
  return [id, queue, name, attempt, jobAsJson(job).at as string | null, owner];
}

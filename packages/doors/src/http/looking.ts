import { jobAsJson, type TenantClient } from '@tiercel/client';
import { codeOf, fail, isFinal, type JobView, type QueueView, toMs } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import { type Answer, type Asked, type Operation, ok } from './operation.js';
import * as schemas from './schemas.js';

const ONE_JOB = { method: 'GET', params: schemas.ofJob, roles: ['produce', 'read', 'operate'] } as const;
const LOOK = { method: 'GET', query: schemas.noQuery, roles: ['read', 'operate'] } as const;

export const showJob: Operation = {
  ...ONE_JOB,
  id: 'showJob',
  url: '/v1/tenants/:tenant/jobs/:id',
  about: 'All there is to know of a job.',
  query: schemas.jobQuery,
  answers: { 200: schemas.job },
  async act({ tenant, params: { id = '' }, query: { data } }) {
    const job = await (data ? tenant.inspect(id) : tenant.find(id));
    return ok(jobAsJson(job ?? fail('NOT_FOUND', { id })));
  },
};

export const showResult: Operation = {
  ...ONE_JOB,
  id: 'showResult',
  url: '/v1/tenants/:tenant/jobs/:id/result',
  about: 'What became of a job: 200 when it has ended, 202 when it has not after the time to wait.',
  query: schemas.waitQuery,
  answers: { 200: schemas.result, 202: schemas.result },
  waitMs: BOUNDS.waitMs,
  async act(asked) {
    const job = await ended(asked, toMs('wait', asked.query.wait as string, BOUNDS.waitMs));
    return { status: isFinal(job.state) ? 200 : 202, body: resultOf(job) };
  },
};

/** The job when it is final, or as it is when the time is over. */
async function ended({ tenant, params: { id = '' }, polls, gone }: Asked, waitMs: number): Promise<JobView> {
  const job = (await tenant.find(id)) ?? fail('NOT_FOUND', { id });
  if (isFinal(job.state) || waitMs === 0) return job;
  try {
    return await polls.run(tenant.tenant, gone, (signal) => tenant.wait(id, { timeoutMs: waitMs, signal }));
  } catch (error) {
    if (codeOf(error) !== 'NO_ANSWER') throw error;
    return (await tenant.find(id)) ?? fail('NOT_FOUND', { id });
  }
}

function resultOf(job: JobView): Record<string, unknown> {
  const { id, state, reason, result } = jobAsJson(job);
  return { id, state, ...(state === 'completed' ? { result: result ?? null } : isFinal(job.state) && { reason }) };
}

export const showQueues: Operation = {
  ...LOOK,
  id: 'showQueues',
  url: '/v1/tenants/:tenant/queues',
  about: 'Every queue that holds a job or has settings, with what is in it.',
  params: schemas.ofTenant,
  answers: { 200: schemas.queues },
  act: async ({ tenant }) => ok({ queues: await tenant.queues() }),
};

export const showQueue: Operation = {
  ...LOOK,
  id: 'showQueue',
  url: '/v1/tenants/:tenant/queues/:queue',
  about: 'What is in one queue; one that nobody used yet is empty.',
  params: schemas.ofQueue,
  answers: { 200: schemas.queue },
  async act({ tenant, params: { queue = '' } }) {
    const known = (await tenant.queues()).find((each) => each.queue === queue);
    return ok(known ?? (await emptyQueue(tenant, queue)));
  },
};

/** A pause of the tenant holds for a queue that is not there yet, too. */
async function emptyQueue(tenant: TenantClient, queue: string): Promise<QueueView> {
  const ofTenant = (await tenant.settings()).find((each) => each.queue === '');
  const paused = ofTenant?.settings.paused === true;
  return { queue, ready: 0, scheduled: 0, leased: 0, dead: 0, finished: 0, bytes: 0, oldestMs: 0, paused };
}

export const showDead: Operation = {
  ...LOOK,
  id: 'showDead',
  url: '/v1/tenants/:tenant/dead',
  about: 'Dead letters, oldest first, page by page.',
  params: schemas.ofTenant,
  query: schemas.deadQuery,
  answers: { 200: schemas.deadJobs },
  async act({ tenant, query }): Promise<Answer> {
    const { jobs, cursor } = await tenant.dead(query);
    return ok({ jobs: jobs.map(jobAsJson), cursor });
  },
};

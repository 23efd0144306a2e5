import type { Enqueued, JobRequest, TenantClient } from '@tiercel/client';
import type { Answer, Operation } from './operation.js';
import { refusalOf } from './refusal.js';
import * as schemas from './schemas.js';

type Posted = Omit<JobRequest, 'queue' | 'at'> & { readonly at?: number | string };

export const enqueue: Operation = {
  id: 'enqueue',
  method: 'POST',
  url: '/v1/tenants/:tenant/queues/:queue/jobs',
  about:
    'Hands in a job, or a list of them. Answers when storage has it: 201, or 200 when the same job was there before; a list answers job by job, 200 when all are stored and 207 when some were refused.',
  roles: ['produce', 'operate'],
  params: schemas.ofQueue,
  query: schemas.noQuery,
  body: schemas.oneOrList(schemas.newJob, schemas.newJobs),
  answers: { 200: schemas.oneOrList(schemas.enqueued, schemas.enqueuedList), 201: schemas.enqueued, 207: schemas.enqueuedList },
  act: ({ tenant, params: { queue = '' }, body }) =>
    Array.isArray(body) ? many(tenant, queue, body as Posted[]) : one(tenant, queue, body as Posted),
};

async function one(tenant: TenantClient, queue: string, posted: Posted): Promise<Answer> {
  const stored = await tenant.enqueue(requestOf(queue, posted));
  return { status: stored.duplicate ? 200 : 201, body: stored, location: `/v1/tenants/${tenant.tenant}/jobs/${stored.id}` };
}

async function many(tenant: TenantClient, queue: string, posted: readonly Posted[]): Promise<Answer> {
  const ends = await tenant.enqueueMany(posted.map((each) => requestOf(queue, each)));
  const refused = ends.filter(({ status }) => status === 'rejected').length;
  return { status: refused === 0 ? 200 : 207, body: { jobs: ends.map(verdictOf), refused } };
}

const verdictOf = (end: PromiseSettledResult<Enqueued>) =>
  end.status === 'fulfilled' ? end.value : { error: refusalOf(end.reason).body };

function requestOf(queue: string, { at, ...posted }: Posted): JobRequest {
  return { ...posted, queue, ...(at !== undefined && { at: typeof at === 'string' ? new Date(at) : at }) };
}

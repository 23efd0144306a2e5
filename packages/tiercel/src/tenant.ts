import type { JobOptions, JobRequest, TenantClient } from '@tiercel/client';
import { fail } from '@tiercel/protocol';
import type { Job } from './define-job.js';
import { JobHandle } from './job-handle.js';
import type { AnySchema } from './schema.js';

/** What one tenant does. */
export class Tenant {
  readonly name: string;
  /** Everything that goes without a definition: jobs by name, dead letters, queues. */
  readonly jobs: TenantClient;

  constructor(client: TenantClient) {
    this.name = client.tenant;
    this.jobs = client;
  }

  /** Resolves when storage has the job. Throws BAD_DATA when the schema refuses, and what `TenantClient.enqueue` throws. */
  async enqueue<Data, Result>(job: Job<Data, Result>, data: NoInfer<Data>, options: JobOptions = {}): Promise<JobHandle<Result>> {
    if (job.schema !== undefined) await check(job.name, job.schema, data);
    return new JobHandle<Result>(this.jobs, await this.jobs.enqueue(requestOf(job, data, options)));
  }

  /** Many of one kind; one answer each, in order. A refused one does not hinder the others. */
  enqueueMany<Data, Result>(
    job: Job<Data, Result>,
    all: readonly NoInfer<Data>[],
    options: Omit<JobOptions, 'id'> = {},
  ): Promise<PromiseSettledResult<JobHandle<Result>>[]> {
    return Promise.allSettled(all.map((data) => this.enqueue(job, data, options)));
  }

  /** A handle on a job that was enqueued before. Throws NOT_FOUND. */
  async job<Result = unknown>(id: string): Promise<JobHandle<Result>> {
    const view = (await this.jobs.find(id)) ?? fail('NOT_FOUND', { id });
    return new JobHandle<Result>(this.jobs, { id, state: view.state, duplicate: true, durability: 'unknown' });
  }
}

/** Spelled out: to leave some settings out of a copy, and to spread the rest, took longer than all else an enqueue does here. */
function requestOf({ name, settings }: Job, data: unknown, given: JobOptions): JobRequest {
  return {
    queue: settings.queue,
    name,
    data,
    id: given.id,
    delay: given.delay,
    at: given.at,
    priority: given.priority ?? settings.priority,
    attempts: given.attempts ?? settings.attempts,
    lease: given.lease ?? settings.lease,
    timeout: given.timeout ?? settings.timeout,
    backoff: given.backoff ?? settings.backoff,
    ttl: given.ttl,
  };
}

/** What is sent is what the caller gave: the schema's own version of it is made where the job runs. */
async function check(job: string, schema: AnySchema, data: unknown): Promise<void> {
  const checked = await schema['~standard'].validate(data);
  const [first] = checked.issues ?? [];
  if (first !== undefined)
    fail('BAD_DATA', { job, at: ['data', ...(first.path ?? []).map(keyOf)].join('.'), reason: first.message });
}

const keyOf = (part: PropertyKey | { readonly key: PropertyKey }): string => String(typeof part === 'object' ? part.key : part);

import { checksumOf, DEFAULTS } from '@tiercel/protocol';
import type { TenantJob } from '../job-store.js';

/** Whom and where tests speak of when they do not say. */
export const TENANT = 'acme';
export const QUEUE = 'mail';

/** A job with every field filled in; what a rule does not mention is plain. The checksum is right unless it is given. */
export function aJob(told: Partial<TenantJob> = {}): TenantJob {
  const job = {
    id: 'job-1',
    tenant: TENANT,
    generated: false,
    queue: QUEUE,
    name: 'HelloWorld',
    payload: new TextEncoder().encode('{"foo":"bar"}'),
    encoding: 'json' as const,
    delayMs: 0,
    atMs: 0,
    priority: DEFAULTS.priority,
    attempts: DEFAULTS.attempts,
    leaseMs: DEFAULTS.leaseMs,
    timeoutMs: DEFAULTS.timeoutMs,
    backoffMs: DEFAULTS.backoffMs,
    backoffMaxMs: DEFAULTS.backoffMaxMs,
    ttlMs: 0,
    ...told,
  };
  return { ...job, checksum: told.checksum ?? checksumOf(job) };
}

/** Like {@link aJob}, one for each id. */
export const someJobs = (ids: readonly string[], told: Partial<TenantJob> = {}): TenantJob[] =>
  ids.map((id) => aJob({ ...told, id }));

/** `job-1`, `job-2`, … */
export const numbered = (count: number, prefix = 'job-'): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`);

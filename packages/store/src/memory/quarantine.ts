import type { JobRecord } from './record.js';

/** Jobs of a shard whose records cannot be trusted, by tenant and id. */
export class Quarantine {
  readonly #tenants = new Map<string, Map<string, JobRecord>>();

  add(job: JobRecord): void {
    const jobs = this.#tenants.get(job.pair.tenant) ?? new Map<string, JobRecord>();
    this.#tenants.set(job.pair.tenant, jobs.set(job.given.id, job));
  }

  remove({ pair, given }: JobRecord): void {
    const jobs = this.#tenants.get(pair.tenant);
    if (jobs?.delete(given.id) && jobs.size === 0) this.#tenants.delete(pair.tenant);
  }

  sizeOf(tenant: string): number {
    return this.#tenants.get(tenant)?.size ?? 0;
  }

  /** By id. */
  of(tenant: string): JobRecord[] {
    return [...(this.#tenants.get(tenant)?.values() ?? [])].sort((a, b) => (a.given.id < b.given.id ? -1 : 1));
  }
}

import type { Body, JobRecord, Witness } from '@tiercel/store/memory-shard';

/** What a row takes beside payload and result, about. */
const ROW_BYTES = 300;

export interface QueueName {
  readonly tenant: string;
  /** '' of a tenant's own settings. */
  readonly queue: string;
}

export interface CounterName extends QueueName {
  readonly name: string;
}

/** What changed in the shards of a store since it was last written down. */
export class Changes implements Witness {
  readonly jobs = new Set<JobRecord>();
  readonly #settings = new Map<string, QueueName>();
  readonly #counters = new Map<string, CounterName>();
  readonly #onQuarantined: (job: JobRecord) => void;
  /** That will be written, about; 0 when nothing has changed. */
  bytes = 0;

  constructor(onQuarantined: (job: JobRecord) => void) {
    this.#onQuarantined = onQuarantined;
  }

  get settingsOf(): Iterable<QueueName> {
    return this.#settings.values();
  }

  get countersOf(): Iterable<CounterName> {
    return this.#counters.values();
  }

  job(job: JobRecord): void {
    if (this.jobs.has(job)) return;
    this.jobs.add(job);
    this.bytes += ROW_BYTES + bytesInMemory(job.payload) + bytesInMemory(job.result);
  }

  settings(tenant: string, queue: string): void {
    this.#settings.set(`${tenant}/${queue}`, { tenant, queue });
    this.bytes += ROW_BYTES;
  }

  counters(tenant: string, queue: string, name: string): void {
    const key = `${tenant}/${queue}/${name}`;
    if (this.#counters.has(key)) return;
    this.#counters.set(key, { tenant, queue, name });
    this.bytes += ROW_BYTES;
  }

  quarantined(job: JobRecord): void {
    this.#onQuarantined(job);
  }

  clear(): void {
    this.jobs.clear();
    this.#settings.clear();
    this.#counters.clear();
    this.bytes = 0;
  }
}

const bytesInMemory = (body: Body | undefined): number => (body instanceof Uint8Array ? body.length : 0);

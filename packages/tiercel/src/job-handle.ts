import type { Enqueued, TenantClient } from '@tiercel/client';
import {
  type ChangeVerdict,
  type Durability,
  type Duration,
  decodeData,
  fail,
  type JobState,
  type JobView,
  LIMITS,
  toMs,
} from '@tiercel/protocol';

const RESULT_MS = 60_000;

/** A job that storage has. */
export class JobHandle<Result = unknown> {
  readonly id: string;
  readonly tenant: string;
  /** State at the time of the enqueue. */
  readonly state: JobState;
  /** Whether the job was there before, under this id. */
  readonly duplicate: boolean;
  /** What it survives. */
  readonly durability: Durability;
  readonly #client: TenantClient;

  constructor(client: TenantClient, enqueued: Enqueued) {
    this.#client = client;
    this.tenant = client.tenant;
    this.id = enqueued.id;
    this.state = enqueued.state;
    this.duplicate = enqueued.duplicate;
    this.durability = enqueued.durability;
  }

  /** `null` once it has been forgotten. */
  status(): Promise<JobView | null> {
    return this.#client.find(this.id);
  }

  /**
   * What the handler returned, once the job is done. Throws JOB_FAILED with `state` and `reason` when it died, was cancelled or expired;
   * NO_ANSWER after `timeout` (60 s by default), NOT_FOUND, ABORTED.
   */
  async result(options: { readonly timeout?: Duration; readonly signal?: AbortSignal } = {}): Promise<Result> {
    const timeoutMs = toMs('timeout', options.timeout ?? RESULT_MS, LIMITS.delayMs);
    const job = await this.#client.wait(this.id, {
      timeoutMs,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (job.state !== 'completed') return fail('JOB_FAILED', { id: this.id, state: job.state, reason: job.reason });
    return (job.result === undefined ? undefined : decodeData(job.result)) as Result;
  }

  /** A ready or scheduled job is cancelled; of a running one the handler's signal aborts. */
  async cancel(): Promise<ChangeVerdict> {
    const [verdict] = await this.#client.cancel([this.id]);
    return verdict ?? fail('NOT_FOUND', { id: this.id });
  }
}

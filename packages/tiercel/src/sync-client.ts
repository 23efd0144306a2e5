import type { Ref } from '@tiercel/actors';
import { type ClientOptions, type ClientParts, type Enqueued, type JobRequest, TenantClient } from '@tiercel/client';
import type { BrokerProtocol } from '@tiercel/protocol';
import type { Performer } from './performer.js';

/** A tenant whose jobs are performed before `enqueue` answers. */
class SyncClient extends TenantClient {
  readonly #performer: Performer;

  constructor(tenant: string, broker: Ref<BrokerProtocol>, parts: ClientParts, performer: Performer) {
    super(tenant, broker, parts);
    this.#performer = performer;
  }

  /** Answers the state in which the job is when it is done. One that was there before is left as it is. */
  override async enqueue(request: JobRequest): Promise<Enqueued> {
    const enqueued = await super.enqueue(request);
    if (enqueued.duplicate) return enqueued;
    return { ...enqueued, state: await this.#performer.perform(this.tenant, enqueued.id, enqueued.state) };
  }
}

/** What speaks for a tenant where this performer performs. */
export const syncClients =
  (performer: Performer): NonNullable<ClientOptions['make']> =>
  (tenant, broker, parts) =>
    new SyncClient(tenant, broker, parts, performer);

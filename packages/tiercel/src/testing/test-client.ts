import type { Ref } from '@tiercel/actors';
import { type ClientParts, type Enqueued, type JobRequest, TenantClient } from '@tiercel/client';
import { type BrokerProtocol, isFinal, type JobView, LIMITS, toMs } from '@tiercel/protocol';
import { Entry } from './book.js';
import { KitError } from './kit-error.js';
import { nameOf } from './shown.js';
import type { World } from './world.js';

/** A tenant who notes what it enqueues, and who does not wait for a job while time stands still. */
export class TestClient extends TenantClient {
  readonly #world: World;

  constructor(tenant: string, broker: Ref<BrokerProtocol>, parts: ClientParts, world: World) {
    super(tenant, broker, parts);
    this.#world = world;
  }

  override async enqueue(request: JobRequest): Promise<Enqueued> {
    const nowMs = this.#world.now();
    const enqueued = await super.enqueue(request);
    if (!enqueued.duplicate) this.#world.book.add(new Entry(this.tenant, enqueued.id, request, nowMs, dueOf(request, nowMs)));
    return enqueued;
  }

  /** A handler waits in virtual time. Whoever else waits is answered when time stands still again; throws TIME_STANDS_STILL besides. */
  override async wait(id: string, options: Parameters<TenantClient['wait']>[1]): Promise<JobView> {
    const { runs } = this.#world;
    const job = await this.find(id);
    if (job === null || isFinal(job.state)) return super.wait(id, options);
    if (runs.current) return runs.whileWaiting(runs.current, () => super.wait(id, options));
    if (!this.#world.passing) throw standsStill(job);
    await this.#world.passing;
    return this.wait(id, options);
  }
}

const dueOf = ({ delay, at }: JobRequest, nowMs: number): number =>
  at === undefined ? nowMs + toMs('delay', delay ?? 0, LIMITS.delayMs) : Math.max(nowMs, Number(at));

function standsStill(job: JobView): KitError {
  const until = job.state === 'scheduled' ? ` until ${new Date(job.atMs).toISOString()}` : '';
  return new KitError(
    'TIME_STANDS_STILL',
    `${nameOf(job)} is ${job.state}${until}, and nothing is performed while time stands still; call settle(), advance() or drain() first`,
  );
}

import { POOL, TiercelError } from '@tiercel/protocol';
import type { Bounds } from './bounds.js';

interface UnderWay {
  requests: number;
  bytes: number;
}

/** Bounds what one tenant has under way, so that its flood fills nobody else's way in. */
export class TenantGate {
  readonly #bounds: Bounds;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Runs `work` as one of the tenant's requests. Throws BUSY with `retryAfterMs` when it has too many. */
  async pass<T>(tenant: string, bytes: number, work: () => Promise<T>): Promise<T> {
    const mine = this.#enter(tenant, bytes);
    try {
      return await work();
    } finally {
      mine.requests--;
      mine.bytes -= bytes;
      if (mine.requests === 0) this.#underWay.delete(tenant);
    }
  }

  #enter(tenant: string, bytes: number): UnderWay {
    const mine = this.#underWay.get(tenant) ?? { requests: 0, bytes: 0 };
    const { requestsPerTenant, requestsOfPool, bytesPerTenant, retryAfterMs } = this.#bounds;
    const full =
      mine.requests >= (tenant === POOL ? requestsOfPool : requestsPerTenant) ||
      (mine.requests > 0 && mine.bytes + bytes > bytesPerTenant);
    if (full) throw new TiercelError('BUSY', { retryAfterMs });
    mine.requests++;
    mine.bytes += bytes;
    this.#underWay.set(tenant, mine);
    return mine;
  }
}

import type { Instruments } from '@tiercel/store';

const MAX_TENANTS = 10_000;

/** Whose jobs went to the storage from here, in the order in which they were first seen. Nothing lists the tenants of an installation. */
export class TenantsSeen {
  readonly #seen = new Set<string>();

  *[Symbol.iterator](): Iterator<string> {
    yield* this.#seen;
  }

  get size(): number {
    return this.#seen.size;
  }

  add(tenant: string): void {
    if (this.#seen.size < MAX_TENANTS) this.#seen.add(tenant);
  }

  /** Batches are mostly of one tenant, so each is compared with the one before and seldom looked up. */
  readonly onCall: Instruments['onCall'] = (_verb, _tookMs, _items, error, tenants) => {
    if (error !== undefined) return;
    let last = '';
    for (const { tenant } of tenants) {
      if (tenant !== last) this.add(tenant);
      last = tenant;
    }
  };
}

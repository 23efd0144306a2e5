import { NEVER_MS } from '@tiercel/protocol';
import type { Taken } from './taken.js';

export interface Lease extends Taken {
  readonly token: string;
  readonly owner: string;
  endsAtMs: number;
  /** The worker gave a sign of life. */
  isDelivered: boolean;
}

/** Leases that were granted here: each is a read that is open. */
export class Leases {
  readonly #byToken = new Map<string, Lease>();

  add(lease: Lease): void {
    this.#byToken.set(lease.token, lease);
    lease.read.onLost = () => this.#byToken.delete(lease.token);
    if (lease.read.isLost) this.#byToken.delete(lease.token);
  }

  /** `undefined`: not of this job, or not held any more. */
  find({ tenant, id, token }: { readonly tenant: string; readonly id: string; readonly token: string }): Lease | undefined {
    const lease = this.#byToken.get(token);
    return lease?.job.tenant === tenant && lease.job.id === id ? lease : undefined;
  }

  /** It is ended by whoever calls. */
  remove({ token, read }: Lease): void {
    this.#byToken.delete(token);
    read.onLost = () => {};
  }

  all(): readonly Lease[] {
    return [...this.#byToken.values()];
  }

  /** Those that ended or whose owner is gone; what ends first is first. */
  over(nowMs: number, gone: ReadonlySet<string>): readonly Lease[] {
    const ended: Lease[] = [];
    const left: Lease[] = [];
    for (const lease of this.#byToken.values()) {
      if (lease.endsAtMs <= nowMs) ended.push(lease);
      else if (gone.has(lease.owner)) left.push(lease);
    }
    return [...ended.sort(bySooner), ...left.sort(bySooner)];
  }

  /** When the next one ends; `undefined`: none does. */
  nextEndMs(): number | undefined {
    let next = NEVER_MS;
    for (const { endsAtMs } of this.#byToken.values()) next = Math.min(next, endsAtMs);
    return next === NEVER_MS ? undefined : next;
  }
}

const bySooner = (one: Lease, other: Lease): number => one.endsAtMs - other.endsAtMs;

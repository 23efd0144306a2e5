import type { LeaseRef, SettleCode } from '@tiercel/protocol';
import { STORE_BOUNDS } from './store-bounds.js';

interface Ended {
  readonly token: string;
  readonly code: Promise<SettleCode>;
}

/** How the last lease of each job was ended here, so that a settle whose answer was lost may be repeated. Those ended longest ago are forgotten. */
export class Settled {
  readonly #byJob = new Map<string, Ended>();

  add(lease: LeaseRef, code: Promise<SettleCode>): Promise<SettleCode> {
    const job = jobOf(lease);
    this.#byJob.delete(job);
    this.#byJob.set(job, { token: lease.token, code });
    if (this.#byJob.size > STORE_BOUNDS.settled) this.#byJob.delete(this.#byJob.keys().next().value as string);
    return code;
  }

  /** For a lease that is not held: what a repeated settle of it is told, once the first has ended. */
  async again(lease: LeaseRef): Promise<SettleCode> {
    const ended = this.#byJob.get(jobOf(lease));
    return ended?.token === lease.token && (await ended.code) === 'OK' ? 'OK_ALREADY' : 'LEASE_LOST';
  }
}

const jobOf = ({ tenant, id }: LeaseRef): string => `${tenant}/${id}`;

import type { LeasedJob, LeaseRef } from '@tiercel/protocol';
import { refOf } from '../setup.js';
import type { GrantPick } from './command.js';
import { TENANTS } from './world.js';

/** What happened in a game so far: later commands refer to it. Kept by tenant, so that what happens together leaves the same behind. */
export class Past {
  readonly #grants = new Map<string, LeaseRef[]>();
  readonly #open = new Map<string, Map<string, LeaseRef>>();
  readonly #taken = new Map<string, Set<number>>();
  readonly #shardNowMs = new Map<number, number>();

  /** The time a shard has when something is now done in it. */
  see(shard: number, clockMs: number): number {
    const nowMs = Math.max(this.#shardNowMs.get(shard) ?? 0, clockMs);
    this.#shardNowMs.set(shard, nowMs);
    return nowMs;
  }

  /** Whether a time was free for a thing of a tenant; it is not any more. */
  claim(tenant: string, thing: 'due' | 'expiry', atMs: number): boolean {
    const key = `${tenant} ${thing}`;
    const taken = this.#taken.get(key) ?? new Set();
    this.#taken.set(key, taken);
    return taken.size < taken.add(atMs).size;
  }

  granted(jobs: readonly LeasedJob[]): void {
    for (const job of jobs) {
      const [grants, open] = [this.#grants.get(job.tenant) ?? [], this.#open.get(job.tenant) ?? new Map<string, LeaseRef>()];
      grants.push(refOf(job));
      this.#grants.set(job.tenant, grants);
      this.#open.set(job.tenant, open.set(job.token, refOf(job)));
    }
  }

  settled({ tenant, token }: LeaseRef): void {
    this.#open.get(tenant)?.delete(token);
  }

  lastGrant(tenant: string, id: string): LeaseRef | undefined {
    return this.#grants.get(tenant)?.findLast((grant) => grant.id === id);
  }

  /** Of all tenants, or of one. */
  pick({ from, nth }: GrantPick, only?: string): LeaseRef | undefined {
    const tenants = only === undefined ? TENANTS : [only];
    const eligible = tenants.flatMap((tenant) =>
      from === 'open' ? [...(this.#open.get(tenant)?.values() ?? [])].reverse() : (this.#grants.get(tenant) ?? []),
    );
    const grant = eligible[nth % eligible.length];
    return grant && from === 'forged' ? forge(grant, nth, only) : grant;
  }
}

/** What somebody might present who was not given it. */
function forge(grant: LeaseRef, nth: number, only: string | undefined): LeaseRef {
  const { token } = grant;
  const nonce = token.endsWith('00000001') ? '00000002' : '00000001';
  const otherNonce = { ...grant, token: token.slice(0, 16) + nonce };
  const otherTenant = { ...grant, tenant: only ?? 'initech' };
  const forgeries = [otherNonce, otherTenant, { ...grant, id: 'id-0' }, { ...grant, token: 'f'.repeat(24) }];
  return forgeries[nth % forgeries.length]!;
}

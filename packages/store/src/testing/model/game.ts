import type { LeasedJob, LeaseRef } from '@tiercel/protocol';
import { shardOf } from '../../shard.js';
import type { ManualClock } from '../manual-clock.js';
import { refOf } from '../setup.js';
import type { Duel } from './duel.js';
import type { GrantPick } from './sequence.js';

/** One sequence being played: both stores, their clock, and what later commands refer to. */
export class Game {
  readonly duel: Duel;
  readonly clock: ManualClock;
  /** What each kind of sweep said last. */
  readonly nextInMs: Record<'promote' | 'reap' | 'prune', number> = { promote: 0, reap: 0, prune: 0 };
  readonly #grants: LeaseRef[] = [];
  readonly #open = new Map<string, LeaseRef>();
  readonly #dues = new Set<number>();
  readonly #shardNowMs = new Map<number, number>();

  constructor(duel: Duel, clock: ManualClock) {
    this.duel = duel;
    this.clock = clock;
  }

  shardOf(tenant: string): number {
    return shardOf(tenant, this.duel.model.shards);
  }

  /** The time a shard has when something is now done in it; call it for whatever is. */
  see(shard: number): number {
    const nowMs = Math.max(this.#shardNowMs.get(shard) ?? 0, this.clock.now());
    this.#shardNowMs.set(shard, nowMs);
    return nowMs;
  }

  /** The port does not say which of two jobs due at once is promoted first, so no two are. */
  unusedDelay(tenant: string, delayMs: number): number {
    if (delayMs === 0) return 0;
    let dueAtMs = this.see(this.shardOf(tenant)) + delayMs;
    while (this.#dues.has(dueAtMs)) dueAtMs++;
    this.#dues.add(dueAtMs);
    return dueAtMs - this.see(this.shardOf(tenant));
  }

  remember(jobs: readonly LeasedJob[]): void {
    this.#grants.push(...jobs.map(refOf));
    for (const job of jobs) this.#open.set(job.token, refOf(job));
  }

  settled(token: string): void {
    this.#open.delete(token);
  }

  /** The last lease granted of a job. */
  lastGrant(tenant: string, id: string): LeaseRef | undefined {
    return this.#grants.findLast((grant) => grant.tenant === tenant && grant.id === id);
  }

  pick({ from, nth }: GrantPick): LeaseRef | undefined {
    const eligible = from === 'open' ? [...this.#open.values()].reverse() : this.#grants;
    const grant = eligible[nth % eligible.length];
    return grant && from === 'forged' ? forge(grant, nth) : grant;
  }
}

/** What somebody might present who was not given it. */
function forge(grant: LeaseRef, nth: number): LeaseRef {
  const { token } = grant;
  const nonce = token.endsWith('00000001') ? '00000002' : '00000001';
  const otherNonce = { ...grant, token: token.slice(0, 16) + nonce };
  const forgeries = [otherNonce, { ...grant, tenant: 'initech' }, { ...grant, id: 'id-0' }, { ...grant, token: 'f'.repeat(24) }];
  return forgeries[nth % forgeries.length]!;
}

import type { JobStore } from '../../job-store.js';
import { shardOf } from '../../shard.js';
import type { ManualClock } from '../manual-clock.js';
import type { Duel } from './duel.js';
import { Past } from './past.js';
import { TENANTS } from './world.js';

/** One sequence being played: both stores, their clock, and what happened so far. */
export class Game {
  readonly duel: Duel;
  readonly clock: ManualClock;
  readonly past: Past;
  /** The tenant that all is of, while several play together. */
  readonly only: string | undefined;
  /** What each kind of sweep said last. */
  readonly nextInMs: Record<'promote' | 'reap' | 'prune', number> = { promote: 0, reap: 0, prune: 0 };

  constructor(duel: Duel, clock: ManualClock, past = new Past(), only?: string) {
    this.duel = duel;
    this.clock = clock;
    this.past = past;
    this.only = only;
  }

  /** The same game for one tenant, who reaches the rival by this handle. */
  seat(tenant: string, rival: JobStore): Game {
    return new Game(this.duel.through(rival), this.clock, this.past, tenant);
  }

  shardOf(tenant: string): number {
    return shardOf(tenant, this.duel.model.shards);
  }

  /** The time a shard has when something is now done in it; call it for whatever is. */
  see(shard: number): number {
    return this.past.see(shard, this.clock.now());
  }

  /** Who leases while several play together: tokens of a shard come in the order of the reserves, which is open then. */
  mayReserve(tenant: string): boolean {
    return this.only === undefined || tenant === TENANTS.find((other) => this.shardOf(other) === this.shardOf(tenant));
  }

  /** The port does not say which of two jobs due at once is promoted first, so no two are. */
  unusedDelay(tenant: string, delayMs: number): number {
    if (delayMs === 0) return 0;
    const nowMs = this.see(this.shardOf(tenant));
    let unused = delayMs;
    while (!this.past.claim(tenant, 'due', nowMs + unused)) unused++;
    return unused;
  }

  /** Nor does it say which of two whose time runs out at once goes first. Undefined when no time is left. */
  unusedTtl(tenant: string, ttlMs: number, maxAgeMs: number): number | undefined {
    const nowMs = this.see(this.shardOf(tenant));
    const told = [ttlMs, maxAgeMs].filter((ms) => ms > 0);
    if (told.length === 0) return 0;
    const shortest = Math.min(...told);
    for (let ms = shortest; ms > 0; ms--) if (this.past.claim(tenant, 'expiry', nowMs + ms)) return ms === shortest ? ttlMs : ms;
    return undefined;
  }
}

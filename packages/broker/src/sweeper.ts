import { type Actor, jittered } from '@tiercel/actors';
import type { GoneOwner, GoneOwners, JobStore, Reaped, Swept } from '@tiercel/store';
import type { Bounds } from './bounds.js';
import type { Hint } from './fair-share.js';

export interface SweeperProtocol {
  /** Something in this shard is due in so many milliseconds. */
  due(soon: { shard: number; inMs: number }): void;
  /** A worker's process is known to have ended: its leases come back now. */
  gone(owner: GoneOwner): void;
  // What follows it sends itself.
  sweep(shard: number): void;
  swept(result: { shard: number; sweeps: readonly [Swept, Reaped, Swept] } | { shard: number; error: unknown }): void;
}

interface Parts {
  readonly store: JobStore;
  readonly bounds: Bounds;
  readonly storeAnswered: (error?: unknown) => void;
  /** Told which pairs have ready jobs because of a sweep. */
  readonly found: (pairs: Hint) => void;
  /** Told of every shard that was swept, `quiet` when nothing was moved. */
  readonly swept: (shard: number, quiet: boolean) => void;
}

/** What one shard waits for. */
interface Round {
  sweeping: boolean;
  /** Monotonic time of the next sweep. */
  atMs: number;
  failures: number;
  /** Whether the next sweep is for something that a sweep said would be due then. */
  promised: boolean;
  /** How many such sweeps in a row moved nothing. */
  barren: number;
  /** Owners to be looked for after those of `passing`. */
  gone: GoneOwner[];
  /** Owners whose leases are being looked for, and from where on. */
  passing: GoneOwners | undefined;
  undo: () => void;
}

/** Owners remembered between two sweeps of a shard; more are left to the end of their leases. */
const MAX_GONE = 1_000;

/**
 * Keeps time for the storage: promotes what is due, reaps leases that ended, prunes what is over, shard by shard, each when the
 * storage says something is due and every `pollMs` besides. Brokers that sweep the same shard at once harm nothing: every sweep is an
 * atomic step that moves only what is due.
 */
export const sweeper =
  ({ store, bounds, storeAnswered, found, swept }: Parts): Actor<SweeperProtocol> =>
  (ctx) => {
    const rounds = Array.from(
      { length: store.shards },
      (): Round => ({
        sweeping: false,
        atMs: Number.POSITIVE_INFINITY,
        failures: 0,
        promised: false,
        barren: 0,
        gone: [],
        passing: undefined,
        undo: () => {},
      }),
    );
    let sweeping = 0;
    for (let shard = 0; shard < store.shards; shard++) plan(shard, ctx.random.next() * bounds.pollMs);

    /** Sweeps the shard in `inMs`, unless it will be sooner anyway. */
    function plan(shard: number, inMs: number): void {
      const round = rounds[shard] as Round;
      const atMs = ctx.clock.monotonic() + inMs;
      if (round.sweeping || atMs >= round.atMs) {
        round.atMs = Math.min(round.atMs, atMs);
        return;
      }
      round.undo();
      round.atMs = atMs;
      round.undo = ctx.after(inMs, 'sweep', shard);
    }

    /** Shards that are swept at once share one limit: what a storage is handed together it does before it hears anybody else. */
    async function sweepShard(shard: number, gone?: GoneOwners): Promise<readonly [Swept, Reaped, Swept]> {
      const limit = Math.ceil(bounds.sweepLimit / sweeping);
      return Promise.all([store.promote(shard, limit), store.reap(shard, limit, gone), store.prune(shard, limit)]);
    }

    return {
      due({ shard, inMs }) {
        plan(shard, inMs);
      },

      gone(owner) {
        for (const [shard, round] of rounds.entries()) {
          if (round.gone.length < MAX_GONE) round.gone.push(owner);
          plan(shard, 0);
        }
      },

      sweep(shard) {
        const round = rounds[shard] as Round;
        if (round.sweeping) return;
        round.sweeping = true;
        sweeping++;
        round.atMs = Number.POSITIVE_INFINITY;
        if (round.gone.length > 0) round.passing ??= { owners: round.gone.splice(0), cursor: '' };
        void sweepShard(shard, round.passing).then(
          (sweeps) => ctx.result('swept', { shard, sweeps }),
          (error: unknown) => ctx.result('swept', { shard, error }),
        );
      },

      swept(result) {
        const round = rounds[result.shard] as Round;
        const askedInMs = round.atMs - ctx.clock.monotonic();
        round.sweeping = false;
        sweeping--;
        round.atMs = Number.POSITIVE_INFINITY;
        if ('error' in result) {
          storeAnswered(result.error);
          round.failures++;
          const retryMs = Math.min(bounds.storeRetryMs * 2 ** round.failures, bounds.pollMs * 5);
          plan(result.shard, jittered(ctx.random, retryMs));
          return;
        }
        storeAnswered();
        round.failures = 0;
        const pairs = result.sweeps.flatMap(({ ready }) => ready);
        if (pairs.length > 0) found(pairs.map(([tenant, queue]) => [tenant, queue, undefined] as const));
        const [, reaped] = result.sweeps;
        if (round.passing) round.passing = reaped.nextInMs === 0 ? { ...round.passing, cursor: reaped.cursor } : undefined;
        if (!round.passing && round.gone.length > 0) plan(result.shard, 0);
        const pollMs = jittered(ctx.random, bounds.pollMs);
        const inMs = nextSweep(result.sweeps, askedInMs, pollMs);
        const quiet = result.sweeps.every(({ moved }) => moved === 0);
        swept(result.shard, quiet);
        round.barren = round.promised && quiet ? round.barren + 1 : 0;
        round.promised = inMs < pollMs;
        plan(result.shard, Math.max(inMs, restMs(round.barren, pollMs)));
      },
    };
  };

/**
 * The storage's clock was set back, so its time stands still and what is due in a moment stays so: sweeps come ever more rarely until
 * one moves something, instead of as fast as they are answered.
 */
const restMs = (barren: number, pollMs: number): number => (barren === 0 ? 0 : Math.min(pollMs, 2 ** barren));

/** Milliseconds until the soonest of: what a sweep says is next, what was asked for meanwhile, the poll. */
const nextSweep = (sweeps: readonly Swept[], askedInMs: number, pollMs: number): number =>
  Math.max(0, Math.min(pollMs, askedInMs, ...sweeps.map(({ nextInMs }) => nextInMs ?? pollMs)));

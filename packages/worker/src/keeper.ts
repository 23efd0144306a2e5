import type { Clock, Log, Random, Ref } from '@tiercel/actors';
import type { BrokerProtocol, LeasedJob, LeaseRef, Token } from '@tiercel/protocol';
import { LeaseKeeper, type LeaseKeeperHooks } from './lease-keeper.js';
import { Reserver } from './reserver.js';

/** What a worker has of its keeper: jobs come in by the hooks, leases are kept until they are ended. */
export interface Keeper {
  /** Resolves when the keeper can reserve. */
  readonly ready: Promise<void>;
  /** So many more jobs are wanted; negative takes back what was asked and not yet delivered. Adds up, so messages may cross. */
  demand(more: number): void;
  /** These are about to run: their time counts from now. To be said before the first of them may block the loop. */
  started(tokens: readonly Token[]): void;
  /** These need no keeping any more. */
  ended(tokens: readonly Token[]): void;
  /** Reserves nothing more; resolves when no reserve is under way and what it brought is handed on. Leases are kept on. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

export interface KeeperHooks {
  /** Their leases are registered already. */
  jobs(jobs: readonly LeasedJob[]): void;
  lost(token: Token): void;
  /** At most once a lease. */
  cancel(token: Token): void;
  /** The keeper is gone; nothing is kept any more. */
  fault(error: unknown): void;
}

export type KeeperFactory = (hooks: KeeperHooks) => Keeper;

export interface KeeperOptions {
  readonly broker: Ref<BrokerProtocol>;
  /** In order of preference; `['*']` = every queue. */
  readonly queues: readonly string[];
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Between the end of a job's time and the harder end. Only needed with `overdue`. */
  readonly graceMs?: number;
  /** Called when a started job should have ended long ago. */
  readonly overdue?: LeaseKeeperHooks['overdue'];
}

/** A keeper and what only the one who runs it in a thread needs. */
export interface LocalKeeper extends Keeper {
  /** Every lease held. */
  held(): readonly LeaseRef[];
}

/** A keeper in this very thread: for embedded workers and the simulator, where nothing guards against a blocked loop. */
export const localKeeper =
  (options: KeeperOptions): KeeperFactory =>
  (hooks) =>
    openKeeper(options, hooks);

/** Reserves and keeps leases in the calling thread. */
export function openKeeper(options: KeeperOptions, hooks: Omit<KeeperHooks, 'fault'>): LocalKeeper {
  const { jobs, lost, cancel } = hooks;
  const missed = (count: number) => reserver.demand(count);
  const leases = new LeaseKeeper(options, { jobs, missed, lost, cancel, overdue: options.overdue });
  const reserver = new Reserver(options, (granted, sentAt, deliveryLeaseMs) => leases.grant(granted, sentAt, deliveryLeaseMs));
  return {
    ready: Promise.resolve(),
    demand: (more) => reserver.demand(more),
    started: (tokens) => leases.started(tokens),
    ended: (tokens) => leases.ended(tokens),
    async drain() {
      await reserver.drain();
      await leases.confirming;
    },
    async stop() {
      reserver.stop();
      leases.stop();
    },
    held: () => leases.held(),
  };
}

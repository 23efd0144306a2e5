import type { Clock, Log, Random, Ref } from '@tiercel/actors';
import type { BrokerProtocol } from '@tiercel/protocol';
import type { HeldBatch } from './held-batch.js';
import { LeaseKeeper } from './lease-keeper.js';

/** What a worker has of its keeper: leases are kept until they are ended. */
export interface Keeper {
  /** Resolves when the keeper can keep. */
  readonly ready: Promise<void>;
  /** These jobs are about to run, and their time counts from now. To be said before the first of them may block the loop. */
  keep(batch: HeldBatch): void;
  /** These need no keeping any more. */
  ended(keys: readonly number[]): void;
  stop(): Promise<void>;
}

export interface KeeperHooks {
  lost(key: number): void;
  /** At most once a lease. */
  cancel(key: number): void;
  /** The keeper is gone; nothing is kept any more. */
  fault(error: unknown): void;
}

export type KeeperFactory = (hooks: KeeperHooks) => Keeper;

export interface KeeperOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A keeper in this very thread: for embedded workers and the simulator, where nothing guards against a blocked loop. */
export const localKeeper =
  (options: KeeperOptions): KeeperFactory =>
  ({ lost, cancel }) => {
    const leases = new LeaseKeeper(options, { lost, cancel });
    return {
      ready: Promise.resolve(),
      keep: (batch) => leases.keep(batch),
      ended: (keys) => leases.ended(keys),
      async stop() {
        leases.stop();
      },
    };
  };

import type { Actor, Ref } from '@tiercel/actors';
import { type HeldProtocol, settlementsOf } from '@tiercel/protocol';
import { type JobStore, shardOf } from '@tiercel/store';
import type { SweeperProtocol } from './sweeper.js';

interface Parts {
  readonly store: JobStore;
  readonly sweeper: Ref<SweeperProtocol>;
  readonly storeAnswered: (error: unknown) => void;
}

/** What other brokers pass on, because the leases are held here. Whose they are was checked where they came in; the token says it again. Spawned with many turns. */
export const heldDesk = ({ store, sweeper, storeAnswered }: Parts): Actor<HeldProtocol> => {
  async function told<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      storeAnswered(error);
      throw error;
    }
  }

  return () => ({
    extend: async ({ leases }) => ({ verdicts: await told(store.extend(leases)) }),

    async settle(batch) {
      const settlements = settlementsOf(batch);
      const verdicts = await told(store.settle(settlements));
      for (const each of settlements)
        if (each.outcome === 'release' && each.delayMs > 0)
          sweeper.tell('due', { shard: shardOf(each.tenant, store.shards), inMs: each.delayMs });
      return { verdicts };
    },
  });
};

import type { Actor, Ref } from '@tiercel/actors';
import { LIMITS, type SysProtocol } from '@tiercel/protocol';

export interface NudgerProtocol {
  /** These pairs have new work. */
  spread(pairs: readonly (readonly [tenant: string, queue: string, ready: number | undefined])[]): void;
  flush(nothing: null): void;
}

/** Tells the other brokers of new work, once for all pairs of a turn. Lost nudges are made good by their polls. */
export const nudger =
  (from: string, brokers: Ref<SysProtocol>): Actor<NudgerProtocol> =>
  (ctx) => {
    const pending = new Map<string, readonly [tenant: string, queue: string]>();

    return {
      spread(pairs) {
        if (pending.size === 0) ctx.result('flush', null);
        for (const [tenant, queue] of pairs) {
          if (pending.size >= LIMITS.batchItems) return;
          pending.set(`${tenant}:${queue}`, [tenant, queue]);
        }
      },

      flush() {
        const pairs = [...pending.values()];
        pending.clear();
        if (pairs.length > 0) brokers.tell('nudge', { from, pairs });
      },
    };
  };

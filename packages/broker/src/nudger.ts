import type { Actor, Ref } from '@tiercel/actors';
import { LIMITS, type SysProtocol } from '@tiercel/protocol';

export interface NudgerProtocol {
  /** These pairs have new work. */
  spread(pairs: readonly (readonly [tenant: string, queue: string, ready: number | undefined])[]): void;
  flush(nothing: null): void;
}

/** Between two nudges of one broker, in milliseconds: where work comes all the time, the others need not hear of each batch. */
const REST_MS = 10;

/** Tells the other brokers of new work: at once, and then for all that came in while it rested. Lost nudges are made good by their polls. */
export const nudger =
  (from: string, brokers: Ref<SysProtocol>): Actor<NudgerProtocol> =>
  (ctx) => {
    const pending = new Map<string, readonly [tenant: string, queue: string]>();
    let resting = false;

    return {
      spread(pairs) {
        if (!resting) ctx.result('flush', null);
        resting = true;
        for (const [tenant, queue] of pairs) {
          if (pending.size >= LIMITS.batchItems) return;
          pending.set(`${tenant}:${queue}`, [tenant, queue]);
        }
      },

      flush() {
        const pairs = [...pending.values()];
        pending.clear();
        resting = pairs.length > 0;
        if (!resting) return;
        brokers.tell('nudge', { from, pairs });
        ctx.after(REST_MS, 'flush', null);
      },
    };
  };

import type { Clock, Log, Ref, Undo } from '@tiercel/actors';
import { type BrokerProtocol, codeOf, LIMITS, type Settlement } from '@tiercel/protocol';
import type { HeldLease } from './held-batch.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { handedBack } from './outcome.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface LoopGuardOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly clock: Clock;
  readonly log: Log;
  readonly graceMs: number;
  /** Asks the main loop for a sign of life. */
  ping(): void;
  readonly keeper: Pick<LeaseKeeper, 'held'>;
  /** Ends the process, at once. */
  kill(why: string): void;
}

/**
 * Ends a process whose main loop is blocked by a job that should be over: the job is released with an attempt spent, all others as if
 * they had not been taken, and the process is killed. So an endless loop costs one worker and one attempt.
 */
export class LoopGuard {
  readonly #options: LoopGuardOptions;
  #undoVerdict: Undo | undefined;

  constructor(options: LoopGuardOptions) {
    this.#options = options;
  }

  /** The keeper doubts `lease`. Returns when it may doubt it again, in milliseconds. */
  doubt(lease: HeldLease): number {
    const { clock, graceMs, ping } = this.#options;
    if (this.#undoVerdict === undefined) {
      this.#undoVerdict = clock.after(WORKER_LIMITS.pingMs, () => void this.#end(lease));
      ping();
    }
    return graceMs + WORKER_LIMITS.overdueSlackMs;
  }

  /** The main loop answered: it sees to its time limits itself. */
  pong(): void {
    this.#undoVerdict?.();
    this.#undoVerdict = undefined;
  }

  async #end(culprit: HeldLease): Promise<void> {
    const { clock, kill } = this.#options;
    const why = `event loop blocked by job ${culprit.ref.id} or one beside it`;
    clock.after(WORKER_LIMITS.lastWordsMs, () => kill(why));
    await this.#release(culprit);
    kill(why);
  }

  async #release(culprit: HeldLease): Promise<void> {
    const { broker, log, keeper } = this.#options;
    const settlements = lastWords(culprit, keeper.held());
    for (let at = 0; at < settlements.length; at += LIMITS.batchItems) {
      const batch = settlements.slice(at, at + LIMITS.batchItems);
      await broker
        .ask('settle', { settlements: batch }, { timeoutMs: WORKER_LIMITS.lastWordsAskMs })
        .catch((err: unknown) => log.error({ err, code: codeOf(err) }, 'leases of a blocked loop not released'));
    }
  }
}

/** The overdue job spends an attempt. */
function lastWords(culprit: HeldLease, held: readonly HeldLease[]): Settlement[] {
  return held.map(({ key, ref: { tenant, id, token } }) => {
    const isCulprit = key === culprit.key;
    const release = handedBack(isCulprit ? 'TIMEOUT: event loop blocked' : 'RELEASED: event loop blocked by another job');
    return { tenant, id, token, ...release, ...(isCulprit ? { spend: true, head: false } : {}) };
  });
}

import type { Clock, Log, Ref, Undo } from '@tiercel/actors';
import { type BrokerProtocol, codeOf, type LeaseRef, LIMITS, type Settlement } from '@tiercel/protocol';
import type { LocalKeeper } from './keeper.js';
import { handedBack } from './outcome.js';
import { within } from './within.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface LoopGuardOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly clock: Clock;
  readonly log: Log;
  readonly graceMs: number;
  /** Asks the main loop for a sign of life. */
  ping(): void;
  readonly keeper: Pick<LocalKeeper, 'held' | 'ended' | 'drain'>;
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
  doubt(lease: LeaseRef): number {
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

  async #end(culprit: LeaseRef): Promise<void> {
    const { clock, keeper, kill } = this.#options;
    const why = `event loop blocked by job ${culprit.id} or one beside it`;
    clock.after(WORKER_LIMITS.lastWordsMs, () => kill(why));
    const drained = keeper.drain();
    await this.#release(culprit);
    await within(clock, WORKER_LIMITS.unparkMs, drained);
    await this.#release(culprit); // what the parked reserve brought meanwhile: perhaps the very jobs just released
    kill(why);
  }

  async #release(culprit: LeaseRef): Promise<void> {
    const { broker, log, keeper } = this.#options;
    const settlements = lastWords(culprit, keeper.held());
    for (let at = 0; at < settlements.length; at += LIMITS.batchItems) {
      const batch = settlements.slice(at, at + LIMITS.batchItems);
      await broker.ask('settle', { settlements: batch }, { timeoutMs: WORKER_LIMITS.lastWordsAskMs }).then(
        () => keeper.ended(batch.map(({ token }) => token)),
        (err: unknown) => log.error({ err, code: codeOf(err) }, 'leases of a blocked loop not released'),
      );
    }
  }
}

/** The overdue job spends an attempt; when it has come straight back through the parked reserve, only its reason goes with it. */
function lastWords(culprit: LeaseRef, held: readonly LeaseRef[]): Settlement[] {
  return held.map(({ tenant, id, token }) => {
    const isCulprit = tenant === culprit.tenant && id === culprit.id;
    const release = handedBack(isCulprit ? 'TIMEOUT: event loop blocked' : 'RELEASED: event loop blocked by another job');
    return { tenant, id, token, ...release, ...(token === culprit.token ? { spend: true, head: false } : {}) };
  });
}

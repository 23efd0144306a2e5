import type { Clock, Log, Ref, Undo } from '@tiercel/actors';
import { type BrokerProtocol, codeOf, type LeaseRef, LIMITS, type Settlement } from '@tiercel/protocol';
import { handedBack } from './outcome.js';
import { WORKER_LIMITS } from './worker-limits.js';

export interface LoopGuardOptions {
  readonly broker: Ref<BrokerProtocol>;
  readonly clock: Clock;
  readonly log: Log;
  readonly graceMs: number;
  /** Asks the main loop for a sign of life. */
  ping(): void;
  held(): readonly LeaseRef[];
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
    const { broker, clock, log, held, kill } = this.#options;
    const why = `event loop blocked by job ${culprit.id} or one beside it`;
    clock.after(WORKER_LIMITS.lastWordsMs, () => kill(why));
    const settlements = lastWords(culprit, held());
    for (let at = 0; at < settlements.length; at += LIMITS.batchItems) {
      const batch = settlements.slice(at, at + LIMITS.batchItems);
      await broker
        .ask('settle', { settlements: batch }, { timeoutMs: WORKER_LIMITS.lastWordsMs })
        .catch((err: unknown) => log.error({ err, code: codeOf(err) }, 'leases of a blocked loop not released'));
    }
    kill(why);
  }
}

/** The overdue job first: it is the one that must not come back unspent. */
function lastWords(culprit: LeaseRef, held: readonly LeaseRef[]): Settlement[] {
  const { tenant, id, token } = culprit;
  const others = held.filter((lease) => lease.token !== token);
  return [
    { tenant, id, token, ...handedBack('TIMEOUT: event loop blocked'), spend: true, head: false },
    ...others.map((lease) => ({
      tenant: lease.tenant,
      id: lease.id,
      token: lease.token,
      ...handedBack('RELEASED: event loop blocked by another job'),
    })),
  ];
}

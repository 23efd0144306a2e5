import type { Clock, Undo } from '@tiercel/actors';
import { type ErrorCode, type Facts, TiercelError } from '@tiercel/protocol';

/** How long somebody waits for one job. */
interface Limits {
  readonly id: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Ends a wait of many steps after its time, or when its signal aborts. */
export class Patience {
  readonly #over: Promise<never>;
  readonly #undoTimer: Undo;
  readonly #signal: AbortSignal | undefined;
  #giveUp!: (code: ErrorCode, facts: Facts) => void;
  readonly #onAbort: () => void;

  constructor(clock: Clock, { id, timeoutMs, signal }: Limits) {
    this.#over = new Promise((_, reject) => {
      this.#giveUp = (code, facts) => reject(new TiercelError(code, facts));
    });
    // between two steps nobody may be waiting
    this.#over.catch(() => {});
    this.#onAbort = () => this.#giveUp('ABORTED', { id });
    this.#undoTimer = clock.after(timeoutMs, () => this.#giveUp('NO_ANSWER', { id, waitedMs: timeoutMs }));
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) this.#onAbort();
  }

  /** What the step resolves with. Throws NO_ANSWER or ABORTED when the wait is over first. */
  whileWaitingFor<T>(step: Promise<T>): Promise<T> {
    return Promise.race([this.#over, step]);
  }

  end(): void {
    this.#undoTimer();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

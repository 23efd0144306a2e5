import { setMaxListeners } from 'node:events';
import { ActorError } from './error.js';
import type { Asker } from './message.js';
import type { Clock, Undo } from './time.js';

export interface Patience {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One question: settled once, by an answer, by NO_ANSWER after `timeoutMs` or by ABORTED; its timer and listener go with it. */
export class Ask<R> implements Asker {
  readonly promise: Promise<R>;
  #resolve!: (reply: R) => void;
  #reject!: (error: unknown) => void;
  #open = true;
  #undoTimer: Undo | undefined;
  #signal: AbortSignal | undefined;
  readonly #onSettled: ((answered: boolean) => void) | undefined;

  /** `onSettled` is told once, with `false` when nobody answered in time or the asker gave up. */
  constructor(onSettled?: (answered: boolean) => void) {
    this.#onSettled = onSettled;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Starts the wait. */
  arm(clock: Clock, { timeoutMs, signal }: Patience): this {
    if (!this.#open) return this;
    if (signal?.aborted) return this.#giveUp('ABORTED', {});
    this.#undoTimer = clock.after(timeoutMs, () => this.#giveUp('NO_ANSWER', { timeoutMs }));
    if (signal) this.#listen(signal);
    return this;
  }

  resolve(reply: unknown): void {
    if (this.#settle(true)) this.#resolve(reply as R);
  }

  reject(error: unknown): void {
    if (this.#settle(true)) this.#reject(error);
  }

  readonly #onAbort = (): void => {
    this.#giveUp('ABORTED', {});
  };

  #listen(signal: AbortSignal): void {
    // many asks may share a signal; Node 20 prints a leak warning at the eleventh listener otherwise
    setMaxListeners(0, signal);
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  #giveUp(code: string, facts: Record<string, number>): this {
    if (this.#settle(false)) this.#reject(new ActorError(code, facts));
    return this;
  }

  #settle(answered: boolean): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#undoTimer?.();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onSettled?.(answered);
    return true;
  }
}

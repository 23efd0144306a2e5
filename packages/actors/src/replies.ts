import { ActorError, type ErrorFacts } from './error.js';
import type { Clock } from './time.js';

/** How a request is asked for. */
export interface Waiting {
  readonly subject: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Pending extends Waiting {
  readonly deadline: number;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: ActorError) => void;
  readonly onAbort: (() => void) | undefined;
}

/** Time-outs are looked for this often, in milliseconds, so an answer is missed up to this much late. */
const SWEEP_MS = 20;

/**
 * The requests that wait for an answer, by token. One sweep looks after all deadlines: a timer per request would be armed and
 * cleared for every answer, and nearly all answers come in time.
 */
export class Replies {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #pending = new Map<number, Pending>();
  #lastToken = 0;
  #sweeping = false;

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Throws BUSY when too many wait, ABORTED when the caller has given up already. */
  expect(waiting: Waiting): { token: number; reply: Promise<Uint8Array> } {
    if (this.#pending.size >= this.#limit) throw new ActorError('BUSY', { pendingRequests: this.#limit });
    if (waiting.signal?.aborted) throw new ActorError('ABORTED', { subject: waiting.subject });
    const token = ++this.#lastToken;
    return { token, reply: new Promise((resolve, reject) => this.#add(token, waiting, resolve, reject)) };
  }

  /** `false`: nobody waits for it any more. */
  answer(token: number, body: Uint8Array): boolean {
    const pending = this.#take(token);
    pending?.resolve(body);
    return pending !== undefined;
  }

  fail(token: number, code: string, facts: ErrorFacts = {}): boolean {
    const pending = this.#take(token);
    pending?.reject(new ActorError(code, { subject: pending.subject, ...facts }));
    return pending !== undefined;
  }

  /** Fails the requests that `concerns` picks; all of them without it. */
  failAll(code: string, facts: ErrorFacts = {}, concerns: (subject: string) => boolean = () => true): void {
    for (const [token, pending] of this.#pending) if (concerns(pending.subject)) this.fail(token, code, facts);
  }

  #add(token: number, waiting: Waiting, resolve: Pending['resolve'], reject: Pending['reject']): void {
    const { subject, timeoutMs, signal } = waiting;
    const onAbort = signal && (() => void this.fail(token, 'ABORTED'));
    signal?.addEventListener('abort', onAbort as () => void, { once: true });
    this.#pending.set(token, {
      subject,
      timeoutMs,
      signal,
      deadline: this.#clock.monotonic() + timeoutMs,
      resolve,
      reject,
      onAbort,
    });
    if (!this.#sweeping) this.#sweepLater();
  }

  #take(token: number): Pending | undefined {
    const pending = this.#pending.get(token);
    if (!pending) return undefined;
    this.#pending.delete(token);
    if (pending.onAbort) pending.signal?.removeEventListener('abort', pending.onAbort);
    return pending;
  }

  #sweepLater(): void {
    this.#sweeping = true;
    this.#clock.after(SWEEP_MS, () => {
      this.#sweep();
      this.#sweeping = false;
      if (this.#pending.size > 0) this.#sweepLater();
    });
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [token, pending] of this.#pending) {
      if (pending.deadline <= now) this.fail(token, 'NO_ANSWER', { timeoutMs: pending.timeoutMs });
    }
  }
}

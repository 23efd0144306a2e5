/** Why a handler is asked to stop. */
const ABORT_CAUSES = ['timeout', 'cancelled', 'lease-lost', 'draining'] as const;
export type AbortCause = (typeof ABORT_CAUSES)[number];

/**
 * The `signal.reason` of a handler's signal. `reason` says which of the four it is; `code` is always `ABORTED`, so that a handler
 * which simply lets it be thrown is understood.
 */
export class AbortReason extends Error {
  readonly code = 'ABORTED';
  readonly reason: AbortCause;

  constructor(reason: AbortCause) {
    super(SENTENCES[reason]);
    this.name = 'AbortReason';
    this.reason = reason;
  }
}

const SENTENCES: Record<AbortCause, string> = {
  timeout: 'the job has run for as long as it may',
  cancelled: 'the job was cancelled',
  'lease-lost': 'the lease of the job is lost, so whatever this handler still does may be done twice',
  draining: 'the worker is shutting down',
};

/** An AbortSignal made when somebody first asks for it: most handlers never do, and making one costs more than a small job. */
export class AbortSwitch {
  #controller: AbortController | undefined;
  #reason: AbortReason | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** What aborted it. */
  get reason(): AbortReason | undefined {
    return this.#reason;
  }

  /** Only the first cause counts. */
  abort(cause: AbortCause): void {
    if (this.#reason) return;
    this.#reason = new AbortReason(cause);
    this.#controller?.abort(this.#reason);
  }
}

import type { Clock, Log } from '@tiercel/actors';
import { codeOf, type ErrorCode } from '@tiercel/protocol';

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  /** How long the storage may fail before the broker stops being asked. */
  readonly storeDownMs: number;
  /** Begins to serve tenants; returns the undo. */
  readonly serve: () => Promise<() => Promise<void>>;
}

/**
 * By which the storage cannot be worked with from here; another broker may have another way to it. A full one still drains, and what else
 * there is are refusals of single calls.
 */
const DOWN: ReadonlySet<ErrorCode> = new Set(['STORAGE_UNAVAILABLE', 'STORAGE_DENIED', 'STORAGE_UNFIT', 'INTERNAL']);

/**
 * Whether this broker is in the queue group. A broker whose storage is down leaves it, so that requests go to brokers that can
 * answer; it goes on sweeping, and the first sweep that works brings it back.
 */
export class Membership {
  readonly #parts: Parts;
  #leave: (() => Promise<void>) | undefined;
  #failingSinceMs: number | undefined;
  #changing: Promise<void> = Promise.resolve();
  #wanted = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether requests come here. */
  get joined(): boolean {
    return this.#leave !== undefined;
  }

  join(): Promise<void> {
    this.#wanted = true;
    return this.#change();
  }

  leave(): Promise<void> {
    this.#wanted = false;
    return this.#change();
  }

  /** Called after a call of the storage that failed, with its error, and after one that changed something. */
  storeAnswered(error?: unknown): void {
    const { clock, log, storeDownMs } = this.#parts;
    if (error !== undefined && !DOWN.has(codeOf(error))) return;
    if (error === undefined) {
      if (this.#failingSinceMs === undefined) return;
      this.#failingSinceMs = undefined;
      if (this.#wanted && this.#leave === undefined) log.info({}, 'storage answered again');
      this.#changeUnseen();
      return;
    }
    this.#failingSinceMs ??= clock.monotonic();
    if (this.#leave === undefined || clock.monotonic() - this.#failingSinceMs < storeDownMs) return;
    log.error({ err: error, downMs: Math.round(clock.monotonic() - this.#failingSinceMs) }, 'storage down, left the queue group');
    this.#changeUnseen();
  }

  /** A change nobody waits for: it is tried again until it works. */
  #changeUnseen(): void {
    const { clock, log, storeDownMs } = this.#parts;
    this.#change().catch((err: unknown) => {
      log.warn({ err }, 'queue group not joined or left');
      clock.after(storeDownMs, () => this.#changeUnseen());
    });
  }

  /** Serves or stops serving, one change after the other. */
  #change(): Promise<void> {
    const change = this.#changing.then(async () => {
      const shouldServe = this.#wanted && !this.#storeIsDown();
      if (shouldServe && this.#leave === undefined) this.#leave = await this.#parts.serve();
      else if (!shouldServe && this.#leave !== undefined) {
        const leave = this.#leave;
        this.#leave = undefined;
        await leave();
      }
    });
    // one that fails must not keep the next from being tried
    this.#changing = change.catch(() => {});
    return change;
  }

  #storeIsDown(): boolean {
    return this.#failingSinceMs !== undefined && this.#parts.clock.monotonic() - this.#failingSinceMs >= this.#parts.storeDownMs;
  }
}

import { fail } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';

/** Long polls under way: bounded, and ended early when the door closes. */
export class Polls {
  readonly #open = new Set<AbortController>();
  readonly #ofTenant = new Map<string, number>();
  #closed = false;

  get size(): number {
    return this.#open.size;
  }

  /** Runs `wait` until it is over, the caller has gone or the door closes. Throws BUSY, and STOPPED when it closes. */
  async run<T>(tenant: string, gone: AbortSignal, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const end = this.#begin(tenant);
    const abort = () => end.abort();
    gone.addEventListener('abort', abort);
    try {
      return await wait(end.signal);
    } catch (error) {
      if (this.#closed) fail('STOPPED', { retryAfterMs: BOUNDS.retryAfterMs }, error);
      throw error;
    } finally {
      gone.removeEventListener('abort', abort);
      this.#open.delete(end);
      this.#count(tenant, -1);
    }
  }

  close(): void {
    this.#closed = true;
    for (const poll of this.#open) poll.abort();
  }

  #begin(tenant: string): AbortController {
    const { retryAfterMs, polls, pollsPerTenant } = BOUNDS;
    const waiting = this.#ofTenant.get(tenant) ?? 0;
    if (this.#open.size >= polls || waiting >= pollsPerTenant) fail('BUSY', { retryAfterMs, waiting });
    const end = new AbortController();
    if (this.#closed) end.abort();
    this.#open.add(end);
    this.#count(tenant, 1);
    return end;
  }

  #count(tenant: string, by: number): void {
    const waiting = (this.#ofTenant.get(tenant) ?? 0) + by;
    if (waiting > 0) this.#ofTenant.set(tenant, waiting);
    else this.#ofTenant.delete(tenant);
  }
}

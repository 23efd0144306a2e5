import type { Clock, Undo } from '@tiercel/actors';
import { codeOf, LIMITS } from '@tiercel/protocol';
import { CONSUME_LIMITS } from './consume-limits.js';
import { readItem } from './item.js';
import type { Link } from './link.js';
import { type OpenRead, openRead } from './open-read.js';

export interface RetriesOptions {
  /** The queue of jobs that failed. */
  readonly queue: string;
  /** For the one read that is open. */
  readonly reads: Link;
  readonly writes: Link;
  readonly clock: Clock;
}

interface Held {
  readonly read: OpenRead;
  readonly readyAt: number;
  readonly undo: Undo;
}

/**
 * Jobs that failed, on a queue of their own. Servers hand out the head and know no delay, so a job whose time has not come is held when that is a matter of
 * seconds, and put at the end otherwise, until the first of those put there comes again. Times are monotonic milliseconds.
 */
export class Retries {
  readonly #options: RetriesOptions;
  #held: Held | undefined;
  #lookAt = 0;

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  /** How long until there is something to do here, at most. */
  get quietMs(): number {
    return Math.max(0, (this.#held?.readyAt ?? this.#lookAt) - this.#options.clock.monotonic());
  }

  /** A job whose time has come; the caller ends its read. Throws what the server answers. */
  async due(): Promise<OpenRead | undefined> {
    if (this.#held?.read.lost.aborted) this.#letGo();
    if (this.quietMs > 0) return undefined;
    return this.#held ? this.#letGo() : this.#look();
  }

  /** A job was put on the queue, to be tried after so long. */
  added(delayMs: number): void {
    this.#lookAt = Math.min(this.#lookAt, this.#options.clock.monotonic() + delayMs);
  }

  /** Gives back what is held. */
  async stop(): Promise<void> {
    await this.#letGo()?.abort();
  }

  /** Whatever hinders it hinders nobody from reading the other queue meanwhile. */
  #look(): Promise<OpenRead | undefined> {
    this.#rest(CONSUME_LIMITS.lookMs);
    return this.#search();
  }

  async #search(): Promise<OpenRead | undefined> {
    const { queue, reads } = this.#options;
    const seen = new Set<string>();
    let soonestMs: number = CONSUME_LIMITS.lookMs;
    for (let count = 0; count < CONSUME_LIMITS.putBack; count++) {
      const read = await openRead(await reads.connection(), queue, 0);
      if (!read) return this.#rest(soonestMs);
      const { id, waitMs } = this.#waitOf(read.item);
      if (waitMs <= 0) return this.#found(read);
      if (waitMs <= CONSUME_LIMITS.holdMs) return this.#hold(read, waitMs);
      if (seen.has(id)) return read.abort().then(() => this.#rest(soonestMs));
      seen.add(id);
      soonestMs = Math.min(soonestMs, waitMs);
      if (!(await this.#putBack(read))) return this.#rest(CONSUME_LIMITS.lookMs);
    }
    return this.#rest(CONSUME_LIMITS.putBackPauseMs);
  }

  /** Returns whether there was room. No read stays open that nobody knows of: the next close would be its. */
  async #putBack(read: OpenRead): Promise<boolean> {
    const { queue, writes } = this.#options;
    try {
      await (await writes.connection()).set(queue, read.item);
    } catch (error) {
      await read.abort().catch(() => {}); // the set is what is told
      if (codeOf(error) === 'QUEUE_FULL') return false;
      throw error;
    }
    await read.close();
    return true;
  }

  /** What is no job has no time to wait for. A time that no consumer would have set is not believed. */
  #waitOf(bytes: Uint8Array): { readonly id: string; readonly waitMs: number } {
    const item = readItem(bytes);
    const { id = '', readyAtMs = 0 } = typeof item === 'string' ? {} : (item.mark ?? {});
    const waitMs = readyAtMs - this.#options.clock.now();
    return { id, waitMs: waitMs > LIMITS.backoffMs ? 0 : waitMs };
  }

  /** There may be more. */
  #found(read: OpenRead): OpenRead {
    this.#rest(0);
    return read;
  }

  #rest(ms: number): undefined {
    this.#lookAt = this.#options.clock.monotonic() + ms;
  }

  #hold(read: OpenRead, waitMs: number): undefined {
    const { clock } = this.#options;
    const undo = clock.after(waitMs + CONSUME_LIMITS.heldLateMs, () => {
      this.#letGo();
      read.abort().catch(() => {}); // then its connection has ended, which gives it back too
    });
    this.#held = { read, readyAt: clock.monotonic() + waitMs, undo };
  }

  #letGo(): OpenRead | undefined {
    const held = this.#held;
    this.#held = undefined;
    held?.undo();
    return held?.read;
  }
}

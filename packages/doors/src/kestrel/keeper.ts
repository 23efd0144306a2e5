import type { Clock, Log, Undo } from '@tiercel/actors';
import { asTiercelError, LIMITS } from '@tiercel/protocol';
import { BOUNDS } from './bounds.js';
import type { Brokers } from './brokers.js';
import type { Read } from './read.js';

export interface KeeperParts {
  readonly brokers: Brokers;
  readonly clock: Clock;
  readonly log: Log;
  /** Its lease is somebody else's by now. */
  readonly lost: (read: Read) => void;
}

/** Keeps the leases of all that clients hold, however long they hold it: looked at once a second, extended in batches. */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #held = new Set<Read>();
  #undoTimer: Undo | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#held.size;
  }

  hold(read: Read): void {
    this.#held.add(read);
    this.#undoTimer ??= this.#parts.clock.after(BOUNDS.keepMs, () => this.#look());
  }

  drop(read: Read): void {
    this.#held.delete(read);
  }

  close(): void {
    this.#undoTimer?.();
    this.#held.clear();
  }

  #look(): void {
    const now = this.#parts.clock.monotonic();
    const due = [...this.#held].filter(({ renewAt }) => renewAt <= now);
    for (let at = 0; at < due.length; at += LIMITS.batchItems) void this.#extend(due.slice(at, at + LIMITS.batchItems), now);
    this.#undoTimer = this.#held.size > 0 ? this.#parts.clock.after(BOUNDS.keepMs, () => this.#look()) : undefined;
  }

  /** What fails is tried again at the next look. */
  async #extend(reads: readonly Read[], now: number): Promise<void> {
    const { brokers, lost, log } = this.#parts;
    const leases = reads.map(({ tenant, id, token }) => ({ tenant, id, token, leaseMs: BOUNDS.holdMs }));
    try {
      const { verdicts } = await brokers.ask(brokers.serving, 'extend', { leases });
      for (const [place, read] of reads.entries()) {
        if (verdicts[place] !== 'LEASE_LOST') read.renewAt = now + BOUNDS.holdMs - BOUNDS.holdAgainMs;
        else if (this.#held.delete(read)) lost(read);
      }
    } catch (error) {
      log.warn({ code: asTiercelError(error).code, leases: leases.length }, 'extend failed');
    }
  }
}

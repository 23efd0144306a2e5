import type { Clock, Undo } from '@tiercel/actors';
import type { KeeperRing, KeeperRingReader } from './keeper-ring.js';
import { WORKER_LIMITS } from './worker-limits.js';

interface RingWatchOptions {
  readonly ring: KeeperRing;
  readonly reader: KeeperRingReader;
  readonly clock: Clock;
}

/** Looks into the ring again and again while there is something to see, and stops when there was nothing for long, until it is told to look. */
export class RingWatch {
  readonly #options: RingWatchOptions;
  #idleLooks = 0;
  #undo: Undo | undefined;

  constructor(options: RingWatchOptions) {
    this.#options = options;
  }

  look(): void {
    const { ring, reader } = this.#options;
    ring.watch(true);
    this.#idleLooks = ring.read(reader) ? 0 : this.#idleLooks + 1;
    if (this.#idleLooks <= WORKER_LIMITS.idleLooks) {
      this.#undo ??= this.#options.clock.after(WORKER_LIMITS.lookMs, () => this.#again());
      return;
    }
    ring.watch(false);
    this.#idleLooks = 0;
    // what was written before the writer could see that nobody looks any more
    if (ring.read(reader)) this.look();
  }

  stop(): void {
    this.#undo?.();
  }

  #again(): void {
    this.#undo = undefined;
    this.look();
  }
}

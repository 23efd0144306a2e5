import type { Clock, Undo } from '@tiercel/actors';
import { fail, TiercelError } from '@tiercel/protocol';

/** Calls that one commit may gather, and bytes that they may bring. Who comes then waits for the commit before it is carried out. */
const GROUP_CALLS = 1_000;
const GROUP_BYTES = 8 * 1_024 * 1_024;
/** Calls that may wait so; then BUSY. */
const WAITING_CALLS = 10_000;
/** So long a call waits for the disk; then what became of it is unknown. */
const COMMIT_MS = 30_000;

export interface CommitterOptions {
  readonly clock: Clock;
  /** Bytes that have changed and are not being written; 0 when none have. */
  changedBytes(): number;
  /** Writes all that has changed up to this call; over when it is on the disk. */
  write(): Promise<void>;
  /** It could not be written: memory is ahead of the disk. */
  onFailure(fault: TiercelError): void;
}

/**
 * Group commit. A call changes memory at once; its reply goes out when that is on the disk, together with what all other calls changed
 * while the commit before was under way. A call that changed nothing waits as well while anything is unwritten, because it may have seen it.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #gathering: Group | undefined;
  #writing: Group | undefined;
  #waiting = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Throws what the step throws; BUSY, and nothing was done; or why it could not be written. */
  async carry<R>(step: () => R): Promise<R> {
    while (this.#isFull()) await this.#stepAside();
    const reply = step();
    await this.#groupOfNow()?.done;
    return reply;
  }

  /** Over when everything up to now is on the disk, or has failed. */
  async settled(): Promise<void> {
    await this.#groupOfNow()?.done.catch(() => {}); // who called was told
  }

  #isFull(): boolean {
    return this.#gathering !== undefined && (this.#gathering.calls >= GROUP_CALLS || this.#options.changedBytes() >= GROUP_BYTES);
  }

  async #stepAside(): Promise<void> {
    if (this.#waiting >= WAITING_CALLS) fail('BUSY', { retryAfterMs: 100 });
    this.#waiting++;
    await (this.#writing ?? this.#gathering)?.done.finally(() => this.#waiting--);
  }

  /** The group whose end means that all is on the disk that memory holds now. */
  #groupOfNow(): Group | undefined {
    if (this.#options.changedBytes() > 0 && !this.#gathering) {
      this.#gathering = new Group(this.#options.clock);
      if (!this.#writing) queueMicrotask(() => void this.#writeAll());
    }
    if (this.#gathering) this.#gathering.calls++;
    return this.#gathering ?? this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#gathering) {
      const group = this.#gathering;
      this.#writing = group;
      this.#gathering = undefined;
      await this.#options.write().then(
        () => group.resolve(),
        (error: unknown) => this.#fail(group, error),
      );
    }
    this.#writing = undefined;
  }

  /** What was gathered meanwhile rests on what was not written. */
  #fail(group: Group, error: unknown): void {
    const fault = error instanceof TiercelError ? error : new TiercelError('INTERNAL', {}, error);
    this.#options.onFailure(fault);
    group.reject(fault);
    this.#gathering?.reject(fault);
    this.#gathering = undefined;
  }
}

/** Calls whose replies go out together. */
class Group {
  calls = 0;
  readonly done: Promise<void>;
  readonly #undo: Undo;
  #settle: { resolve(): void; reject(fault: TiercelError): void } = { resolve() {}, reject() {} };

  constructor(clock: Clock) {
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.done.catch(() => {}); // whoever waits hears of it; perhaps nobody does
    this.#undo = clock.after(COMMIT_MS, () =>
      this.reject(new TiercelError('STORAGE_UNAVAILABLE', { reason: `the disk did not answer within ${COMMIT_MS} ms` })),
    );
  }

  resolve(): void {
    this.#undo();
    this.#settle.resolve();
  }

  reject(fault: TiercelError): void {
    this.#undo();
    this.#settle.reject(fault);
  }
}

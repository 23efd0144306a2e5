import type { Line } from './disk-log.js';

/** A change that was made and not yet flushed. */
export type Change = Extract<Line, { kind: 'written' | 'resized' }>;

/** Bytes of a file that grows as it is written. What was never written is zero. */
export class Image {
  #bytes: Buffer = Buffer.alloc(0);
  #size = 0;

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  apply(change: Change): void {
    if (change.kind === 'resized') this.#resize(change.size);
    else this.#write(change.at, change.bytes);
  }

  #write(at: number, bytes: Buffer): void {
    if (at + bytes.length > this.#size) this.#resize(at + bytes.length);
    bytes.copy(this.#bytes, at);
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) this.#bytes = Buffer.concat([this.bytes], Math.max(size, 2 * this.#bytes.length));
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}

/** A file as far as it was flushed, and what was done to it since. */
export class WatchedFile {
  readonly lasting = new Image();
  /** Whether it was written to by calls; else what it holds came by mapped memory. */
  isWritten = false;
  #pending: Change[] = [];
  /** How many changes were pending when a flush began, by the number of the flush. */
  readonly #begun = new Map<bigint, Change | undefined>();

  get pending(): readonly Change[] {
    return this.#pending;
  }

  take(line: Exclude<Line, { kind: 'gone' }>): void {
    this.isWritten ||= line.kind === 'written';
    if (line.kind === 'begun') this.#begun.set(line.flush, this.#pending.at(-1));
    else if (line.kind === 'flushed') this.#flush(this.#begun.get(line.flush));
    else if (line.kind === 'written' && line.lasting) this.#writeThrough(line);
    else this.#pending.push(line);
  }

  /** Everything up to `last` is on the disk now; flushes may overlap, so it may be there already. */
  #flush(last: Change | undefined): void {
    const count = last ? this.#pending.indexOf(last) + 1 : 0;
    for (const change of this.#pending.splice(0, count)) this.lasting.apply(change);
  }

  /** A write to a file opened so that each is flushed (O_DSYNC) takes along what waits for the same place: the later one stands. */
  #writeThrough(write: Change & { kind: 'written' }): void {
    const end = write.at + write.bytes.length;
    const meets = (change: Change) => change.kind === 'resized' || (change.at < end && write.at < change.at + change.bytes.length);
    const last = this.#pending.findLast(meets);
    this.#flush(last);
    this.lasting.apply(write);
  }
}

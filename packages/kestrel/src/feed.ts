const LF = 0x0a;
const CR = '\r';
const NOTHING: Buffer = Buffer.alloc(0);

/** A line that is longer than it may be. What follows cannot be told apart from it: the stream is lost, unless the line is skipped. */
export const TOO_LONG: unique symbol = Symbol('too long');

/**
 * A stream of bytes that comes in chunks, cut into lines and blocks. Every byte is looked at once, however the stream was cut; what is held is
 * never more than what has come of one line or one block. What is handed out may be a view of a chunk, so a chunk must not be written to again.
 */
export class Feed {
  readonly #lineBytes: number;
  #chunk = NOTHING;
  #at = 0;
  /** The beginning of what is not whole yet. */
  #held = NOTHING;
  #heldBytes = 0;

  constructor(lineBytes: number) {
    this.#lineBytes = lineBytes;
  }

  get heldBytes(): number {
    return this.#held.byteLength;
  }

  /** Only when everything before it was taken: when `line`, `block` or `skip` has said that there is no more. */
  add(chunk: Uint8Array): void {
    this.#chunk = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#at = 0;
  }

  /** The next line as ISO-8859-1, without its end: LF, or CR LF. `undefined`: it is not whole yet. */
  line(): string | typeof TOO_LONG | undefined {
    const end = this.#endOfLine();
    if (this.#heldBytes + end - this.#at > this.#lineBytes) return TOO_LONG;
    if (end === this.#chunk.length) return this.#holdTo(end, this.#lineBytes);
    const line = this.#heldBytes === 0 ? this.#chunk.toString('latin1', this.#at, end) : this.#heldLine(end);
    this.#at = end + 1;
    return line.endsWith(CR) ? line.slice(0, -1) : line;
  }

  /** The next `bytes` bytes. `undefined`: they have not all come yet; ask again with the same number. */
  block(bytes: number): Uint8Array | undefined {
    const end = this.#at + bytes - this.#heldBytes;
    if (end > this.#chunk.length) return this.#holdTo(this.#chunk.length, bytes);
    const block = this.#heldBytes === 0 ? this.#chunk.subarray(this.#at, end) : this.#heldTo(end, bytes);
    this.#at = end;
    return block;
  }

  /** Drops the next `bytes` bytes, and returns how many of them have not come yet. */
  skip(bytes: number): number {
    const dropped = Math.min(bytes, this.#chunk.length - this.#at);
    this.#at += dropped;
    if (dropped < bytes) this.#release();
    return bytes - dropped;
  }

  /** Drops the rest of a line that is too long. `false`: its end has not come yet, ask again. */
  skipLine(): boolean {
    this.#held = NOTHING;
    this.#heldBytes = 0;
    const end = this.#chunk.indexOf(LF, this.#at);
    if (end === -1) this.#release();
    else this.#at = end + 1;
    return end !== -1;
  }

  /** Where the line ends, or the chunk; looks no further than a line may be long. */
  #endOfLine(): number {
    const chunk = this.#chunk;
    const most = Math.min(chunk.length, this.#at + this.#lineBytes + 1);
    for (let at = this.#at; at < most; at++) if (chunk[at] === LF) return at;
    return most;
  }

  #heldLine(end: number): string {
    return this.#heldTo(end, this.#lineBytes).toString('latin1');
  }

  #heldTo(end: number, mostBytes: number): Buffer {
    this.#hold(end, mostBytes);
    const whole = this.#held.subarray(0, this.#heldBytes);
    this.#held = NOTHING;
    this.#heldBytes = 0;
    return whole;
  }

  #holdTo(end: number, mostBytes: number): undefined {
    this.#hold(end, mostBytes);
    this.#release();
  }

  /** A connection that is idle holds on to no chunk. */
  #release(): void {
    this.#chunk = NOTHING;
    this.#at = 0;
  }

  /** What is held grows with what has come, doubling, and not with what was announced: that costs the other end nothing. */
  #hold(end: number, mostBytes: number): void {
    if (end === this.#at) return;
    const bytes = this.#heldBytes + end - this.#at;
    if (bytes > this.#held.length) {
      const roomier = Buffer.allocUnsafe(Math.min(mostBytes, Math.max(bytes, 2 * this.#held.length)));
      this.#held.copy(roomier, 0, 0, this.#heldBytes);
      this.#held = roomier;
    }
    this.#chunk.copy(this.#held, this.#heldBytes, this.#at, end);
    this.#heldBytes = bytes;
  }
}

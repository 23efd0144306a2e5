/** Reads what a ByteWriter writes, and the functions in Redis. Every read throws a RangeError past the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  /** Where the next byte is. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    return this.#bytes.readUInt8(this.skip(1));
  }

  u16(): number {
    return this.#bytes.readUInt16BE(this.skip(2));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.skip(4));
  }

  u48(): number {
    return this.unsigned(6);
  }

  /** A number of 1 to 6 bytes. */
  unsigned(width: number): number {
    return this.#bytes.readUIntBE(this.skip(width), width);
  }

  /** ASCII with its length, a byte, before it. */
  name(): string {
    return this.ascii(this.u8());
  }

  ascii(count: number): string {
    const from = this.skip(count);
    return this.#bytes.toString('latin1', from, this.at);
  }

  text(count: number): string {
    const from = this.skip(count);
    return count === 0 ? '' : this.#bytes.toString('utf8', from, this.at);
  }

  hex(count: number): string {
    const from = this.skip(count);
    return this.#bytes.toString('hex', from, this.at);
  }

  /** The bytes themselves, not a copy. */
  bytes(count: number): Buffer {
    const from = this.skip(count);
    return this.#bytes.subarray(from, this.at);
  }

  /** The same as a plain array, without what a Buffer adds. */
  plain(count: number): Uint8Array {
    const from = this.skip(count);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + from, count);
  }

  /** How many bytes follow. */
  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** Goes on behind `count` bytes and returns where they begin. */
  skip(count: number): number {
    const from = this.at;
    if (count < 0 || from + count > this.#bytes.length) throw new RangeError(`${count} bytes at ${from} of ${this.#bytes.length}`);
    this.at = from + count;
    return from;
  }
}

/** Throws a RangeError that names what is not as it has to be. */
export function requireForm(holds: boolean, what: string): void {
  if (!holds) throw new RangeError(what);
}

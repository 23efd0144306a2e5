const MAX_U48 = 2 ** 48 - 1;

/** Builds one request: big-endian numbers, texts and bytes one after the other. Grows as needed. */
export class ByteWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#at;
  }

  u8(value: number): this {
    const at = this.#take(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#take(2);
    this.#bytes.writeUInt16BE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.#take(4);
    this.#bytes.writeUInt32BE(value, at);
    return this;
  }

  /** Larger ones (a retention of Infinity) become the largest. */
  u48(value: number): this {
    return this.unsigned(Math.min(value, MAX_U48), 6);
  }

  /** A number of 1 to 6 bytes. */
  unsigned(value: number, width: number): this {
    const at = this.#take(width);
    this.#bytes.writeUIntBE(value, at, width);
    return this;
  }

  /** Lower-case hex digits, two to a byte. */
  hex(digits: string): this {
    const at = this.#take(digits.length / 2);
    this.#bytes.write(digits, at, 'hex');
    return this;
  }

  zeros(count: number): this {
    const at = this.#take(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  ascii(text: string): this {
    const at = this.#take(text.length);
    this.#bytes.write(text, at, 'latin1');
    return this;
  }

  /** ASCII of at most 255 bytes, with its length before it. */
  name(text: string): this {
    return this.u8(text.length).ascii(text);
  }

  /** Bytes, at most 255, with their length before them. */
  bytes8(value: Uint8Array): this {
    return this.u8(value.length).bytes(value);
  }

  bytes(value: Uint8Array): this {
    const at = this.#take(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Bytes with their length before them, as u16. */
  bytes16(value: Uint8Array): this {
    return this.u16(value.length).bytes(value);
  }

  bytes32(value: Uint8Array): this {
    return this.u32(value.length).bytes(value);
  }

  /** Puts a number that was not known when its place was written. */
  patch16(at: number, value: number): void {
    this.#bytes.writeUInt16BE(value, at);
  }

  patch32(at: number, value: number): void {
    this.#bytes.writeUInt32BE(value, at);
  }

  /** What was written; the writer is done. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #take(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(this.#at * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

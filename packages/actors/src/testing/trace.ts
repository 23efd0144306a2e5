/** FNV-1a with 64 bits (Fowler, Noll, Vo), in two 32-bit halves; each UTF-16 unit counts as one octet. */
export class Trace {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  add(text: string): void {
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at));
  }

  /** 16 hex digits. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  /** Multiplies by the prime 2^40 + 0x1b3: the first part moves the low half up by eight bits, the second is an ordinary product. */
  #mix(unit: number): void {
    const low = (this.#low ^ unit) >>> 0;
    const product = low * 0x1b3;
    this.#high = (Math.imul(this.#high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    this.#low = product >>> 0;
  }
}

const hex = (word: number): string => word.toString(16).padStart(8, '0');

import { fail } from './errors.js';

/** What a piece of MessagePack may hold at most. */
export interface ScanBounds {
  readonly depth: number;
  /** Elements of one array, or pairs of one map. */
  readonly items: number;
  /** Bytes outside binary fields, for each element of the widest list directly under the root. */
  readonly envelopeBytes: number;
  /**
   * Whether it is a caller's data, in which maps, dates (the timestamp extension, -1) and `undefined` (msgpackr's fixext1 0) may
   * occur. No other extension ever may.
   */
  readonly data: boolean;
}

const TIMESTAMP = 0xff;
const UNDEFINED = 0x00;

/** What a first byte says of the bytes behind it: 0 and up: so many belong to it; else their count or type comes first. */
const FOLLOWED_BY = new Int8Array(256);
const FIX_MAP = -1;
const FIX_ARRAY = -2;
const RESERVED = -3;
const BINARY = -4;
const EXTENSION = -5;
const FIX_EXTENSION = -6;
const TEXT = -7;
const ARRAY = -8;
const MAP = -9;
FOLLOWED_BY.fill(FIX_MAP, 0x80, 0x90);
FOLLOWED_BY.fill(FIX_ARRAY, 0x90, 0xa0);
for (let length = 0; length < 32; length++) FOLLOWED_BY[0xa0 + length] = length;
FOLLOWED_BY[0xc1] = RESERVED;
FOLLOWED_BY.fill(BINARY, 0xc4, 0xc7);
FOLLOWED_BY.fill(EXTENSION, 0xc7, 0xca);
FOLLOWED_BY.set([4, 8, 1, 2, 4, 8, 1, 2, 4, 8], 0xca);
FOLLOWED_BY.fill(FIX_EXTENSION, 0xd4, 0xd9);
FOLLOWED_BY.fill(TEXT, 0xd9, 0xdc);
FOLLOWED_BY.fill(ARRAY, 0xdc, 0xde);
FOLLOWED_BY.fill(MAP, 0xde, 0xe0);

/**
 * Walks one MessagePack value without building it and refuses what a decoder should never see: extension types, deep nesting,
 * wide collections, lengths past the end, trailing bytes. Throws BAD_MESSAGE, BATCH_TOO_LARGE or ENVELOPE_TOO_LARGE.
 * Format: the MessagePack specification. A binary field costs one step whatever its size.
 */
export function scan(bytes: Uint8Array, bounds: ScanBounds): void {
  new Scanner(bytes, bounds).run();
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #bounds: ScanBounds;
  /** For each collection that is open, how many of its values were still to come when the next one in it began. */
  readonly #open: number[] = [];
  #left = 1;
  #at = 0;
  #binary = 0;
  #widest = 1;

  constructor(bytes: Uint8Array, bounds: ScanBounds) {
    this.#bytes = bytes;
    this.#bounds = bounds;
  }

  run(): void {
    while (this.#left > 0 || this.#open.length > 0) {
      if (this.#left === 0) this.#left = this.#open.pop() as number;
      else {
        this.#left--;
        this.#value();
      }
    }
    this.#requireEnd();
  }

  #value(): void {
    const byte = this.#number(1);
    const followedBy = FOLLOWED_BY[byte] as number;
    if (followedBy >= 0) this.#at += followedBy;
    else this.#measured(byte, followedBy);
  }

  #measured(byte: number, kind: number): void {
    switch (kind) {
      case BINARY:
        this.#skipBinary(this.#number(1 << (byte - 0xc4)));
        break;
      case TEXT:
        this.#skip(this.#number(1 << (byte - 0xd9)));
        break;
      case FIX_ARRAY:
        this.#enter(byte & 0x0f, 1);
        break;
      case ARRAY:
        this.#enter(this.#number(2 << (byte - 0xdc)), 1);
        break;
      case FIX_MAP:
        this.#enter(byte & 0x0f, 2);
        break;
      case MAP:
        this.#enter(this.#number(2 << (byte - 0xde)), 2);
        break;
      case EXTENSION:
        this.#extension(this.#number(1 << (byte - 0xc7)));
        break;
      case FIX_EXTENSION:
        this.#extension(1 << (byte - 0xd4));
        break;
      default:
        fail('BAD_MESSAGE', { reason: 'reserved byte', byte });
    }
  }

  /** An unsigned number of 1, 2 or 4 bytes. */
  #number(size: number): number {
    const bytes = this.#bytes;
    if (this.#at + size > bytes.length) fail('BAD_MESSAGE', { reason: 'cut short' });
    let value = 0;
    for (const end = this.#at + size; this.#at < end; this.#at++) value = value * 256 + (bytes[this.#at] as number);
    return value;
  }

  /** A length past the end is seen when the next byte is read, or at the end. */
  #skip(count: number): void {
    this.#at += count;
  }

  #skipBinary(count: number): void {
    this.#at += count;
    this.#binary += count;
  }

  #enter(items: number, valuesEach: 1 | 2): void {
    const { items: max, depth, data } = this.#bounds;
    if (valuesEach === 2 && !data) fail('BAD_MESSAGE', { reason: 'a map' });
    if (items > max) fail('BATCH_TOO_LARGE', { items, max });
    if (this.#open.length === 1) this.#widest = Math.max(this.#widest, items);
    if (this.#open.length === depth) fail('ENVELOPE_TOO_LARGE', { reason: 'nested too deep', max: depth });
    this.#open.push(this.#left);
    this.#left = items * valuesEach;
  }

  #extension(length: number): void {
    const type = this.#number(1);
    const allowed = this.#bounds.data && (type === TIMESTAMP ? [4, 8, 12].includes(length) : type === UNDEFINED && length === 1);
    if (!allowed) fail('BAD_MESSAGE', { reason: 'extension type', type });
    this.#skip(length);
  }

  #requireEnd(): void {
    const count = this.#bytes.length - this.#at;
    if (count < 0) fail('BAD_MESSAGE', { reason: 'cut short' });
    if (count > 0) fail('BAD_MESSAGE', { reason: 'trailing bytes', count });
    const max = this.#bounds.envelopeBytes * this.#widest;
    if (this.#at - this.#binary > max) fail('ENVELOPE_TOO_LARGE', { bytes: this.#at - this.#binary, max });
  }
}

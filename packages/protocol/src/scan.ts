import { fail } from './errors.js';

/** What a piece of MessagePack may hold at most. */
export interface ScanBounds {
  readonly depth: number;
  /** Elements of one array, or pairs of one map. */
  readonly items: number;
  /** Bytes outside binary fields, for each element of the widest list directly under the root. */
  readonly envelopeBytes: number;
  /** Whether dates (the timestamp extension, -1) and `undefined` (msgpackr's fixext1 0) may occur. No other extension ever may. */
  readonly dates: boolean;
}

const TIMESTAMP = 0xff;
const UNDEFINED = 0x00;

/**
 * Walks one MessagePack value without building it and refuses what a decoder should never see: extension types, deep nesting,
 * wide collections, lengths past the end, trailing bytes. Throws BAD_MESSAGE or ENVELOPE_TOO_LARGE.
 * Format: the MessagePack specification. A binary field costs one step whatever its size.
 */
export function scan(bytes: Uint8Array, bounds: ScanBounds): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open: number[] = [];
  let left = 1;
  let at = 0;
  let binary = 0;
  let widest = 1;

  const need = (count: number): void => {
    if (at + count > bytes.length) fail('BAD_MESSAGE', { reason: 'cut short' });
  };
  const u8 = (): number => {
    need(1);
    return bytes[at++] as number;
  };
  const u16 = (): number => {
    need(2);
    at += 2;
    return view.getUint16(at - 2);
  };
  const u32 = (): number => {
    need(4);
    at += 4;
    return view.getUint32(at - 4);
  };
  const skip = (count: number): void => {
    need(count);
    at += count;
  };
  const skipBinary = (count: number): void => {
    skip(count);
    binary += count;
  };
  const enter = (items: number, fields: number): void => {
    if (items > bounds.items) fail('BAD_MESSAGE', { reason: 'too many items', max: bounds.items });
    if (open.length === 1) widest = Math.max(widest, items);
    open.push(left);
    if (open.length > bounds.depth) fail('ENVELOPE_TOO_LARGE', { reason: 'nested too deep', max: bounds.depth });
    left = fields;
  };
  const extension = (length: number): void => {
    const type = u8();
    const allowed = bounds.dates && (type === TIMESTAMP ? [4, 8, 12].includes(length) : type === UNDEFINED && length === 1);
    if (!allowed) fail('BAD_MESSAGE', { reason: 'extension type', type });
    skip(length);
  };

  while (left > 0 || open.length > 0) {
    if (left === 0) {
      left = open.pop() as number;
      continue;
    }
    left--;
    const byte = u8();
    if (byte < 0x80 || byte >= 0xe0) continue;
    if (byte < 0x90) enter(byte & 0x0f, 2 * (byte & 0x0f));
    else if (byte < 0xa0) enter(byte & 0x0f, byte & 0x0f);
    else if (byte < 0xc0) skip(byte & 0x1f);
    else
      switch (byte) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
          break;
        case 0xc4:
          skipBinary(u8());
          break;
        case 0xc5:
          skipBinary(u16());
          break;
        case 0xc6:
          skipBinary(u32());
          break;
        case 0xc7:
          extension(u8());
          break;
        case 0xc8:
          extension(u16());
          break;
        case 0xc9:
          extension(u32());
          break;
        case 0xca:
        case 0xce:
        case 0xd2:
          skip(4);
          break;
        case 0xcb:
        case 0xcf:
        case 0xd3:
          skip(8);
          break;
        case 0xcc:
        case 0xd0:
          skip(1);
          break;
        case 0xcd:
        case 0xd1:
          skip(2);
          break;
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
          extension(1 << (byte - 0xd4));
          break;
        case 0xd9:
          skip(u8());
          break;
        case 0xda:
          skip(u16());
          break;
        case 0xdb:
          skip(u32());
          break;
        case 0xdc: {
          const items = u16();
          enter(items, items);
          break;
        }
        case 0xdd: {
          const items = u32();
          enter(items, items);
          break;
        }
        case 0xde: {
          const pairs = u16();
          enter(pairs, 2 * pairs);
          break;
        }
        case 0xdf: {
          const pairs = u32();
          enter(pairs, 2 * pairs);
          break;
        }
        default:
          fail('BAD_MESSAGE', { reason: 'reserved byte', byte });
      }
  }
  if (at !== bytes.length) fail('BAD_MESSAGE', { reason: 'trailing bytes', count: bytes.length - at });
  if (at - binary > bounds.envelopeBytes * widest)
    fail('ENVELOPE_TOO_LARGE', { bytes: at - binary, max: bounds.envelopeBytes * widest });
}
